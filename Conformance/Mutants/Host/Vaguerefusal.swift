// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A network that is taken is refused, and nobody is told that this was the reason.
    static let vaguerefusal = Mutant(
        .vaguerefusal, title: "A refusal without a reason",
        breaks: "A bottle whose network is taken fails, and the message does not say why.",
        mustFall: ["MULTI-02": .inconclusive])
}
