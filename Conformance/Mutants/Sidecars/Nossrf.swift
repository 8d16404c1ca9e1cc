// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock does not check what a name resolves to, and lets loopback literals through.
    static let nossrf = Mutant(
        .nossrf, title: "The proxy dials its own loopback",
        breaks: "Pipelock does not check what a name resolves to, and lets loopback literals through.",
        mustFall: ["EGRESS-02": .violated, "PROXY-05": .violated])
}
