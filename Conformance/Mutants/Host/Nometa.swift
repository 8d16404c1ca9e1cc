// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The launch writes no metadata.
    static let nometa = Mutant(
        .nometa, title: "There is no metadata", breaks: "The launch writes no metadata.",
        mustFall: ["LIFE-01": .violated])
}
