// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A conversion that fails leaves the archive of its image.
    static let savefail = Mutant(
        converting: .savefail, title: "The archive stays when a conversion fails",
        breaks: "A conversion that fails leaves the archive of its image.",
        mustFall: ["LIFE-07": .violated], attempts: [.convertFailed])
}
