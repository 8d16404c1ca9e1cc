// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The machine has the list of addresses and nothing about names.
    static let cidronly = Mutant(
        .cidronly, title: "A list of addresses, and names go anywhere",
        breaks:
            "The machine is given the list of addresses alone; its gateway passes every query for a name to the host's "
            + "resolver.",
        mustFall: ["NET-16": .violated, "DNS-01": .violated])
}
