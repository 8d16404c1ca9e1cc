// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The CAs of the first bottle are used for every later one.
    static let sharedca = Mutant(
        .sharedca, title: "All bottles share their CAs",
        breaks: "The CAs of the first bottle are used for every later one.",
        mustFall: ["PROXY-14": .violated, "SECRET-05": .violated])
}
