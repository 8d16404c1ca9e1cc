// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The open twin is launched as an ordinary bottle, so that it proves nothing.
    static let closedtwin = Mutant(
        id: "closedtwin", title: "The open twin is not open",
        breaks: "The open twin is launched as an ordinary bottle, so that it proves nothing.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.launchRequest = { request in
                var closed = request
                closed.network = .bottle
                return closed
            }
            return driver
        },
        mustFall: [
            "NET-01": .inconclusive, "NET-02": .inconclusive, "NET-03": .inconclusive, "NET-16": .inconclusive,
            "DNS-01": .inconclusive, "PROXY-03": .inconclusive, "EGRESS-01": .inconclusive, "EGRESS-02": .inconclusive,
            "NET-04": .inconclusive, "NET-05": .inconclusive, "NET-14": .inconclusive, "NET-15": .inconclusive,
            "MULTI-01": .inconclusive, "PROXY-04": .inconclusive, "PROXY-05": .inconclusive, "DNS-03": .inconclusive,
            "PROXY-08": .inconclusive, "PROXY-09": .inconclusive, "PROXY-07": .inconclusive, "PROXY-12": .inconclusive,
            "PROXY-14": .inconclusive, "PROXY-06": .inconclusive, "DNS-04": .inconclusive,
            "EGRESS-07": .inconclusive,
            "PROV-07": .inconclusive,
        ])
}
