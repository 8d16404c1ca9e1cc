// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// What a routed host repeats of its request reaches the client as it is.
    static let noredact = Mutant(
        .noredact, title: "The token comes back in answers",
        breaks: "Egress looks through no answer, takes any coding of it, and lets TRACE through.",
        mustFall: ["EGRESS-06": .violated])
}
