// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

extension Mutant {
    /// Values of variables end where they have an equals sign.
    static let spliteq = Mutant(
        id: "spliteq", title: "Values are split at their equals sign",
        breaks: "Values of variables end where they have an equals sign.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.launchRequest = { $0.changingVariables { _, value in String(value.prefix { $0 != "=" }) } }
            return driver
        }, mustFall: ["ENV-07": .violated])
}
