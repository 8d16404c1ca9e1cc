// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Egress opens a tunnel for a client that names another host in TLS, or in the request.
    static let nosni = Mutant(
        .nosni, title: "Names in a tunnel are not compared",
        breaks: "Egress opens a tunnel for a client that names another host in TLS, or in the request.",
        mustFall: ["PROXY-07": .violated])
}
