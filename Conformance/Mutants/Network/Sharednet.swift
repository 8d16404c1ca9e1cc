// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guests of all bottles reach each other's networks, and their policy lets them.
    static let sharednet = Mutant(
        .sharednet, title: "All bottles share a network",
        breaks: "Every guest has a way into the networks of the backend's other bottles, and its policy lets it.",
        mustFall: ["MULTI-01": .violated, "NET-16": .violated])
}
