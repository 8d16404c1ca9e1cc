// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The policy that is read back is the planned one, whatever runs.
    static let echoplan = Mutant(
        id: "echoplan", title: "The read-back repeats the plan",
        breaks: "The policy that is read back is the planned one, whatever runs.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.description = { plan, read in
                var echoed = read
                echoed.effectiveAllow = plan.allowCIDRs
                echoed.effectiveResolvers = []
                return echoed
            }
            return driver
        }, mustFall: ["NET-16": .inconclusive])
}
