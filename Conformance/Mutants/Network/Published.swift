// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A port of the host leads into the guest.
    static let published = Mutant(
        .published, title: "A published port",
        breaks: "A port of the host leads into the virtual machine, though nobody declared it.",
        mustFall: ["PRIV-07": .violated])
}
