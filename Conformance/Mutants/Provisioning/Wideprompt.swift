// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The prompt file can be read by every user of the guest.
    static let wideprompt = Mutant(
        id: "wideprompt", title: "Everybody may read the prompt",
        breaks: "The prompt file can be read by every user of the guest.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.launched = { base, bottle, plan in
                let path = try await base.describe(bottle).promptPath
                try await base.copyIn(
                    CopyRequest(path: path, bytes: Array(plan.prompt.utf8), mode: 0o644), in: bottle)
            }
            return driver
        }, mustFall: ["PROV-01": .violated])
}
