// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// A slug that hashes to 17 gets the network of docker's own bridge.
    static let octet17 = Mutant(
        plan: "octet17", title: "The network may be 17",
        breaks: "A slug that hashes to 17 gets the network of docker's own bridge.",
        mustFall: ["RENDER-01": .violated]
    ) { request, report in
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in request.slug.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        if hash % 254 == 17 { report.move(to: 17) }
    }
}
