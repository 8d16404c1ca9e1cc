// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Egress judges the first request of a tunnel and lets the others through as they come.
    static let firstonly = Mutant(
        .firstonly, title: "Only the first request of a tunnel is judged",
        breaks: "Egress judges the first request of a tunnel and lets the others through as they come.",
        mustFall: ["PROXY-09": .violated])
}
