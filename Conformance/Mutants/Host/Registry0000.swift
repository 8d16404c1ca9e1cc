// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// While an image is converted a port is open on every address of the machine.
    static let registry0000 = Mutant(
        converting: .registry0000, title: "A port is open to everybody during a conversion",
        breaks: "While an image is converted a port is open on every address of the machine.",
        mustFall: ["LIFE-08": .violated], attempts: [.packKilled])
}
