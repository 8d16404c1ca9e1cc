// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock filters CONNECT only.
    static let connectonly = Mutant(
        .connectonly, title: "Plain HTTP is not filtered", breaks: "Pipelock filters CONNECT only.",
        mustFall: ["PROXY-03": .violated])
}
