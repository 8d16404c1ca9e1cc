// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

extension Mutant {
    /// The octet of the network comes from the language's own hash, which is another one in every process.
    static let randomhash = Mutant(
        plan: "randomhash", title: "The network comes from a seeded hash",
        breaks: "The octet of the network comes from the language's own hash, which is another one in every process.",
        mustFall: ["RENDER-01": .violated]
    ) { request, report in
        report.move(to: UInt8(UInt(bitPattern: request.slug.hashValue) % 254))
    }
}
