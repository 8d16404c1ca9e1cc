// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Egress adds the token beside the Authorization header that the client sent.
    static let nostrip = Mutant(
        .nostrip, title: "The token is added to the client's own",
        breaks: "Egress adds the token beside the Authorization header that the client sent.",
        mustFall: ["EGRESS-03": .violated, "EGRESS-04": .violated])
}
