// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock denies every host, the allowlisted ones included.
    static let denyall = Mutant(
        .denyall, title: "The proxy denies everything",
        breaks: "Pipelock denies every host, the allowlisted ones included.",
        mustFall: ["PROXY-02": .violated], stillGreen: ["DRIVER-01"])
}
