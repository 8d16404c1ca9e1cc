// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest has a default route out of the host; everything else is intact.
    static let open = Mutant(
        .open, title: "The network policy is off",
        breaks: "The guest has a default route out of the host; everything else is intact.",
        mustFall: [
            "NET-02": .violated, "NET-03": .violated, "NET-16": .violated, "DNS-01": .violated, "NET-05": .violated,
        ])
}
