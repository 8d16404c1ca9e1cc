// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

extension Mutant {
    /// Exec says exit code 0, whatever the command said.
    static let rc0 = Mutant(
        id: "rc0", title: "The exit code is lost", breaks: "Exec says exit code 0, whatever the command said.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.execResult = { _, result in
                var tamed = result
                if case .exited = result.ending { tamed.ending = .exited(0) }
                return tamed
            }
            return driver
        }, mustFall: ["DRIVER-01": .violated], stillGreen: ["PROXY-02"])
}
