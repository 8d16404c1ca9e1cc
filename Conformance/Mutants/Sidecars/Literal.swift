// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock lets every address literal through, in whatever spelling.
    static let literal = Mutant(
        .literal, title: "Address literals bypass the allowlist",
        breaks: "Pipelock lets every address literal through, in whatever spelling.",
        mustFall: ["PROXY-04": .violated])
}
