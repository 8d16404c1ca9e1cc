// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest is given the host's resolver and a route to it.
    static let autoresolver = Mutant(
        .autoresolver, title: "The host's resolver is added",
        breaks: "The guest is given the host's resolver and a route to it.",
        mustFall: ["NET-16": .violated, "DNS-01": .violated])
}
