// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The guest may reach the whole /24 of the bottle.
    static let slash24 = Mutant(
        plan: "slash24", title: "The allowlist is the whole network",
        breaks: "The guest may reach the whole /24 of the bottle.",
        mustFall: ["RENDER-02": .violated]
    ) { request, report in
        let own = "\(report.bundle.address)/32"
        report.allowCIDRs = [report.bundle.subnet]
        report.replaceEverywhere(own, with: report.bundle.subnet)
    }
}
