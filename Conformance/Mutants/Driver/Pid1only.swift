// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Execs get none of the guest environment.
    static let pid1only = Mutant(
        .pid1only, title: "Only the first process has the environment",
        breaks: "Execs get none of the guest environment.",
        mustFall: ["ENV-05": .violated])
}
