// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// A line break in a value becomes a line break of the rendered file.
    static let rawnewline = Mutant(
        plan: "rawnewline", title: "Line breaks are rendered raw",
        breaks: "A line break in a value becomes a line break of the rendered file.", kinds: [.container, .microvm],
        mustFall: ["RENDER-05": .violated]
    ) { request, report in
        for index in report.artefacts.indices where [.toml, .yaml].contains(report.artefacts[index].format) {
            report.artefacts[index].text = report.artefacts[index].text.replacing("\\n", with: "\n")
        }
    }
}
