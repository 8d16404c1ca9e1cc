// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Exec answers with its own arguments and exit code 0, and runs nothing.
    static let canned = Mutant(
        .canned, title: "Exec runs nothing",
        breaks: "Exec answers with its own arguments and exit code 0, and runs nothing.",
        mustFall: ["DRIVER-01": .violated], stillGreen: [])
}
