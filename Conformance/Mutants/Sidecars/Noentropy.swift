// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Labels that carry data are names like all others.
    static let noentropy = Mutant(
        .noentropy, title: "Any label below an allowed zone is looked up",
        breaks: "Pipelock looks up whatever stands below an allowed wildcard.",
        mustFall: ["DNS-04": .violated])
}
