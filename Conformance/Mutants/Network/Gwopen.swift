// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest has a route to its gateway and to the host's other addresses.
    static let gwopen = Mutant(
        .gwopen, title: "The gateway answers",
        breaks: "The guest has a route to its gateway and to the host's other addresses.",
        mustFall: ["NET-03": .violated, "NET-05": .violated])
}
