// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest is not given the bottle's CA.
    static let noca = Mutant(
        .noca, title: "No CA in the guest",
        breaks: "The guest is not given the bottle's CA.",
        mustFall: ["PROV-07": .violated, "PROXY-02": .violated], stillGreen: ["DRIVER-01", "PROXY-01"])
}
