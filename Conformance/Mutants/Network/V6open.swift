// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest has an IPv6 route out of the host; IPv4 is closed.
    static let v6open = Mutant(
        .v6open, title: "IPv6 is not filtered", breaks: "The guest has an IPv6 route out of the host; IPv4 is closed.",
        mustFall: ["NET-02": .violated, "NET-03": .violated, "NET-16": .violated])
}
