// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The launch writes the values of the tokens into the state of the bottle.
    static let tokenfile = Mutant(
        .tokenfile, title: "A token is in a file",
        breaks: "The launch writes the values of the tokens into the state of the bottle.",
        mustFall: ["SECRET-03": .violated])
}
