// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Egress takes a host whose name ends as a route's does for the route's.
    static let suffixroute = Mutant(
        .suffixroute, title: "Routes match by suffix",
        breaks: "Egress takes a host whose name ends as a route's does for the route's.",
        mustFall: ["EGRESS-05": .violated])
}
