// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock takes an empty allowlist for none at all.
    static let emptyopen = Mutant(
        .emptyopen, title: "An empty allowlist allows everything",
        breaks: "Pipelock takes an empty allowlist for none at all.",
        mustFall: ["PROXY-03": .violated])
}
