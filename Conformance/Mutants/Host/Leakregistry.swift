// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A conversion leaves a container and a network on the engine.
    static let leakregistry = Mutant(
        converting: .leakregistry, title: "A conversion leaves its registry",
        breaks: "A conversion leaves a container and a network on the engine.",
        mustFall: ["LIFE-08": .violated], attempts: [.packKilled])
}
