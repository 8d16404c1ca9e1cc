// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

extension Mutant {
    /// Something of the launch is left in /tmp.
    static let dirtytmp = Mutant(
        id: "dirtytmp", title: "/tmp is not clean", breaks: "Something of the launch is left in /tmp.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.launched = { base, bottle, _ in
                try await base.copyIn(CopyRequest(path: "/tmp/.provision", bytes: [0x0a]), in: bottle)
            }
            return driver
        }, mustFall: ["PROV-09": .violated])
}
