// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A launch that fails leaves the network of its bottle.
    static let leaknet = Mutant(
        .leaknet, title: "A failed launch leaves its network",
        breaks: "A launch that fails leaves the network of its bottle.",
        mustFall: ["LIFE-02": .violated])
}
