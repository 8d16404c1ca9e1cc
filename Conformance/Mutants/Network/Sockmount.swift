// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

extension Mutant {
    /// A socket of the host is mounted into the guest.
    static let sockmount = Mutant(
        .sockmount, title: "A mounted socket",
        breaks: "A socket of the host, the engine's where there is one, is mounted into the guest, read-only.",
        mustFall: ["NET-15": .violated])
}
