// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// An artefact is kept by the reference to its image, so that a rebuilt image is not noticed.
    static let tagkey = Mutant(
        converting: .tagkey, title: "Artefacts are kept by the name of their image",
        breaks: "An artefact is kept by the reference to its image, so that a rebuilt image is not noticed.",
        mustFall: ["LIFE-05": .violated], attempts: [.together, .saveFailed])
}
