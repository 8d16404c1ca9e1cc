// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Egress strips what the client sent and adds no token.
    static let noinject = Mutant(
        .noinject, title: "The token is not added", breaks: "Egress strips what the client sent and adds no token.",
        mustFall: ["EGRESS-03": .violated])
}
