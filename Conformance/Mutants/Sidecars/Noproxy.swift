// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The bundle starts without pipelock.
    static let noproxy = Mutant(
        .noproxy, title: "Pipelock does not run", breaks: "The bundle starts without pipelock.",
        mustFall: ["PROXY-01": .violated, "NET-04": .inconclusive], stillGreen: ["DRIVER-01"])
}
