// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The plan says nothing of supervise, though the bottle enables it.
    static let dropfield = Mutant(
        plan: "dropfield", title: "The plan of supervise is missing",
        breaks: "The plan says nothing of supervise, though the bottle enables it.",
        mustFall: ["RENDER-03": .violated]
    ) { request, report in
        report.sidecars.supervise = nil
    }
}
