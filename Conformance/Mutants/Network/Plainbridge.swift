// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest sits on a bridge of the engine as `docker network create` makes it.
    static let plainbridge = Mutant(
        .plainbridge, title: "A plain bridge of the engine",
        breaks: "The guest sits on a bridge as the engine makes it, with nothing of ours in its network.",
        mustFall: [
            "NET-02": .violated, "NET-03": .violated, "NET-16": .violated, "DNS-01": .violated, "NET-05": .violated,
        ])
}
