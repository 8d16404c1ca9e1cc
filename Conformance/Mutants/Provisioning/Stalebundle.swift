// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest is given the CA of another launch.
    static let stalebundle = Mutant(
        .stalebundle, title: "A stale CA in the guest",
        breaks: "The guest is given the CA of another launch.",
        mustFall: ["PROV-07": .violated], stillGreen: ["DRIVER-01", "PROXY-01"])
}
