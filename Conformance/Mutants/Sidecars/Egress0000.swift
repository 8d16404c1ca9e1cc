// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Egress listens on every address of the bundle.
    static let egress0000 = Mutant(
        .egress0000, title: "Egress listens everywhere", breaks: "Egress listens on every address of the bundle.",
        mustFall: ["EGRESS-01": .violated, "NET-04": .violated])
}
