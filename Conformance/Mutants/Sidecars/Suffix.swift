// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock takes a name that begins or ends as an allowed one does for that.
    static let suffix = Mutant(
        .suffix, title: "Names match by prefix and suffix",
        breaks: "Pipelock takes a name that begins or ends as an allowed one does for that.",
        mustFall: ["PROXY-08": .violated])
}
