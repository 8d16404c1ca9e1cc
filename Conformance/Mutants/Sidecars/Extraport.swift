// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Pipelock opens a second port for its administration.
    static let extraport = Mutant(
        .extraport, title: "A port for administration",
        breaks: "Pipelock opens a second port for its administration, on the bundle's address.",
        mustFall: ["NET-04": .violated], stillGreen: ["PROXY-01"])
}
