// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The launch runs a command with the values of the tokens as its arguments.
    static let tokenargv = Mutant(
        .tokenargv, title: "A token is an argument",
        breaks: "The launch runs a command with the values of the tokens as its arguments.",
        mustFall: ["SECRET-02": .violated])
}
