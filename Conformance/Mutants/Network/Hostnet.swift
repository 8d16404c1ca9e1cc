// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest runs in the network namespace of its host.
    static let hostnet = Mutant(
        .hostnet, title: "The guest shares the host's network",
        breaks: "The guest runs in the network namespace of its host.",
        mustFall: [
            "NET-01": .violated, "NET-03": .violated, "NET-05": .violated, "NET-15": .violated, "MULTI-01": .violated,
        ])
}
