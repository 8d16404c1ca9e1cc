// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The guest's allowlist is empty, which some engines read as everything.
    static let emptyallow = Mutant(
        plan: "emptyallow", title: "The allowlist is empty",
        breaks: "The guest's allowlist is empty, which some engines read as everything.",
        mustFall: ["RENDER-02": .violated]
    ) { request, report in
        report.allowCIDRs = []
        for index in report.commands.indices {
            while let place = report.commands[index].argv.firstIndex(of: "--allow-cidr") {
                report.commands[index].argv.removeSubrange(place...(place + 1))
            }
        }
    }
}
