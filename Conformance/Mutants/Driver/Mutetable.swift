// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The driver reads back no listening socket of the bundle.
    static let mutetable = Mutant(
        id: "mutetable", title: "The bundle's table of listening sockets is empty",
        breaks: "The driver reads back no listening socket of the bundle.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.description = { _, read in
                var mute = read
                mute.bundleListeners = []
                return mute
            }
            return driver
        },
        mustFall: ["NET-04": .inconclusive, "EGRESS-01": .inconclusive])
}
