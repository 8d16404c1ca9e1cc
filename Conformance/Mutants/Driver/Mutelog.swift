// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The driver returns no line of the sidecars' logs.
    static let mutelog = Mutant(
        id: "mutelog", title: "The sidecars' logs are empty",
        breaks: "The driver returns no line of the sidecars' logs.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.logRecords = { _ in [] }
            return driver
        },
        mustFall: [
            "PROXY-01": .inconclusive, "PROXY-02": .inconclusive, "EGRESS-01": .inconclusive,
            "EGRESS-02": .inconclusive, "MULTI-01": .inconclusive, "EGRESS-07": .inconclusive,
        ], stillGreen: ["DRIVER-01"])
}
