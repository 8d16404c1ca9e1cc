// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Whatever stands under an artefact's name is used, whole or not.
    static let partial = Mutant(
        converting: .partial, title: "Half an artefact is used",
        breaks: "Whatever stands under an artefact's name is used, whole or not.",
        mustFall: ["LIFE-06": .violated], attempts: [.together, .partial])
}
