// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The guest is created with a port of the host published to it.
    static let extraflag = Mutant(
        plan: "extraflag", title: "The guest is created with a published port",
        breaks: "The guest is created with a port of the host published to it.", kinds: [.container, .microvm],
        mustFall: ["RENDER-07": .violated]
    ) { _, report in
        for index in report.commands.indices where report.commands[index].argv.contains("create") {
            let end = report.commands[index].argv.firstIndex(of: "--") ?? report.commands[index].argv.endIndex
            report.commands[index].argv.insert("--publish=8080:8080", at: end)
        }
        report.change(.compose) { $0.replacing("\n  guest:\n", with: "\n  guest:\n    ports: [\"8080:8080\"]\n") }
    }
}
