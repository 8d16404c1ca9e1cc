// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The agent cannot write to its own configuration.
    static let frozenconfig = Mutant(
        id: "frozenconfig", title: "The agent's configuration is read-only",
        breaks: "The agent cannot write to its own configuration.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.launched = { base, bottle, _ in
                let home = try await base.describe(bottle).guestHome
                try await base.copyIn(
                    CopyRequest(path: "\(home)/.claude.json", bytes: Array("{}".utf8), mode: 0o400), in: bottle)
            }
            return driver
        }, mustFall: ["PROV-09": .violated])
}
