// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest sits on a bridge as `docker network create --internal` makes it: no way out, but the host is next door.
    static let internalbridge = Mutant(
        .internalbridge, title: "An internal bridge of the engine",
        breaks:
            "The guest sits on a bridge that the engine made with --internal, with nothing of ours in its network.",
        mustFall: ["NET-03": .violated, "NET-16": .violated, "NET-05": .violated])
}
