// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Execs get the environment of the harness beneath their own.
    static let inherit = Mutant(
        .inherit, title: "Execs inherit the host's environment",
        breaks: "Execs get the environment of the harness beneath their own.",
        mustFall: ["ENV-06": .violated])
}
