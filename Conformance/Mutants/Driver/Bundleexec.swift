// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

extension Mutant {
    /// Commands for the guest run in its bundle.
    static let bundleexec = Mutant(
        id: "bundleexec", title: "Exec runs in the bundle", breaks: "Commands for the guest run in its bundle.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.execRequest = { request in
                var moved = request
                moved.target = .bundle
                return moved
            }
            return driver
        }, mustFall: ["DRIVER-01": .violated], stillGreen: [])
}
