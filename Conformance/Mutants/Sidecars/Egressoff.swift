// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The bundle starts without egress, so that nothing is there to be reached.
    static let egressoff = Mutant(
        .egressoff, title: "Egress does not run",
        breaks: "The bundle starts without egress, so that nothing is there to be reached.",
        mustFall: ["EGRESS-01": .inconclusive], stillGreen: ["DRIVER-01", "PROXY-01"])
}
