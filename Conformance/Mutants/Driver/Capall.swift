// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// The guest has every capability, and no_new_privs is not set.
    static let capall = Mutant(
        .capall, title: "Every capability",
        breaks: "The guest's container is made with all capabilities and without no_new_privs.",
        mustFall: ["PRIV-02": .violated], stillGreen: ["DRIVER-01", "PROXY-01"])
}
