// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Every daemon of the bundle gets the values of the tokens, as variables of a whole container would give them.
    static let envall = Mutant(
        .envall, title: "Every daemon has the tokens",
        breaks:
            "Every daemon of the bundle gets the values of the tokens, as variables of a whole container would give them.",
        mustFall: ["SECRET-06": .violated])
}
