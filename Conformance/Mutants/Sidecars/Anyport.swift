// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The policy lets the guest reach every port of its bundle, and one that is not declared is open there.
    static let anyport = Mutant(
        .anyport, title: "Every port of the bundle is let through",
        breaks:
            "The guest's policy names the bundle's address and no port, and pipelock has a port for debugging open there.",
        mustFall: ["NET-04": .violated], stillGreen: ["PROXY-01"])
}
