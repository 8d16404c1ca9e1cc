// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The launch makes its state before it looks for its tools.
    static let latepreflight = Mutant(
        .latepreflight, title: "Tools are looked for too late",
        breaks: "The launch makes its state before it looks for its tools.",
        mustFall: ["DRIVER-04": .violated])
}
