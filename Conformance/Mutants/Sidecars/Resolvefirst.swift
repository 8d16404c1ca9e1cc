// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock looks a name up before it decides about it.
    static let resolvefirst = Mutant(
        .resolvefirst, title: "Names are resolved before they are denied",
        breaks: "Pipelock looks a name up before it decides about it.",
        mustFall: ["DNS-03": .violated])
}
