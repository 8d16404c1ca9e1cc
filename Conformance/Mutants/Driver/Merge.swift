// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

extension Mutant {
    /// Exec returns standard error as part of standard output.
    static let merge = Mutant(
        id: "merge", title: "Both output streams come as one",
        breaks: "Exec returns standard error as part of standard output.",
        change: .driver { base in
            var driver = AlteredDriver(base: base)
            driver.execResult = { _, result in
                var merged = result
                merged.stdout += result.stderr
                merged.stderr = []
                return merged
            }
            return driver
        }, mustFall: ["DRIVER-01": .violated], stillGreen: ["PROXY-02"])
}
