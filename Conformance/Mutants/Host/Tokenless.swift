// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A bottle comes up without the token that a route of it needs.
    static let tokenless = Mutant(
        .tokenless, title: "A missing token is ignored",
        breaks: "A bottle comes up without the token that a route of it needs.",
        mustFall: ["EGRESS-08": .violated])
}
