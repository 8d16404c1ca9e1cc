// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The list of daemons has all four, whatever the bottle declares.
    static let csvall = Mutant(
        plan: "csvall", title: "Every daemon runs in every bottle",
        breaks: "The list of daemons has all four, whatever the bottle declares.",
        mustFall: ["RENDER-04": .violated]
    ) { request, report in
        report.daemonsCSV = "egress,pipelock,git-gate,supervise"
        report.bundle.daemonsCSV = report.daemonsCSV
    }
}
