// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest has no route to its bundle.
    static let blackhole = Mutant(
        .blackhole, title: "The bundle is unroutable", breaks: "The guest has no route to its bundle.",
        mustFall: ["PROXY-01": .violated], stillGreen: ["DRIVER-01"])
}
