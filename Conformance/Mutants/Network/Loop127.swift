// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// Of the guest's loopback only 127.0.0.1 is its own; the rest of 127/8 is routed to the host.
    static let loop127 = Mutant(
        .loop127, title: "Part of 127/8 leads to the host",
        breaks: "Of the guest's loopback only 127.0.0.1 is its own; the rest of 127/8 is routed to the host.",
        mustFall: ["NET-01": .violated])
}
