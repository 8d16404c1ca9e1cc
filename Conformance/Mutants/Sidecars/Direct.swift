// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Egress resolves names and dials by itself what it was asked for in plain.
    static let direct = Mutant(
        .direct, title: "Egress dials out itself",
        breaks: "Egress resolves names and dials by itself what it was asked for in plain.",
        mustFall: ["EGRESS-07": .violated])
}
