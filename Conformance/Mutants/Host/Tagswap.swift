// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// What was saved of an image is converted without a look at what it is.
    static let tagswap = Mutant(
        converting: .tagswap, title: "Any image is converted",
        breaks: "What was saved of an image is converted without a look at what it is.",
        mustFall: ["LIFE-08": .violated], attempts: [.imageSwapped])
}
