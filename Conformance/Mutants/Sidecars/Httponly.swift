// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock filters absolute-form requests only.
    static let httponly = Mutant(
        .httponly, title: "CONNECT is not filtered", breaks: "Pipelock filters absolute-form requests only.",
        mustFall: ["PROXY-03": .violated])
}
