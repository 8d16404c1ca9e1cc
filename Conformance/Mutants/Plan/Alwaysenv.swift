// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The addresses of git-gate and supervise are in every guest's environment.
    static let alwaysenv = Mutant(
        plan: "alwaysenv", title: "Git and supervise are always announced",
        breaks: "The addresses of git-gate and supervise are in every guest's environment.",
        mustFall: ["ENV-02": .violated]
    ) { request, report in
        report.plan.guestEnvironment["GIT_GATE_URL"] = "git://\(report.bundle.address):9418"
        report.plan.guestEnvironment["MCP_SUPERVISE_URL"] = "http://\(report.bundle.address):9100"
    }
}
