// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A skill that does not exist is left out, and the agent starts without it.
    static let warnskip = Mutant(
        .warnskip, title: "A missing skill is left out",
        breaks: "A skill that does not exist is left out, and the agent starts without it.",
        mustFall: ["PROV-05": .violated])
}
