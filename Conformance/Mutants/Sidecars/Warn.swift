// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock writes a secret down as a warning and lets it go.
    static let warn = Mutant(
        .warn, title: "Secrets are only warned of",
        breaks: "Pipelock writes a secret down as a warning and lets it go.",
        mustFall: ["PROXY-12": .violated])
}
