// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A statement that has to hold for many random cases.
enum Property {
    /// How many cases.
    static let cases = 10_000

    /// Checks the cases; the first one that fails, or throws, is reported with the seed that makes it the first one.
    static func check(
        _ cases: Int = cases, sourceLocation: SourceLocation = #_sourceLocation,
        _ holds: (inout SeededGenerator) throws -> String?
    ) {
        let given = ProcessInfo.processInfo.environment["BOTTLE_SEED"].flatMap { UInt64($0) }
        let first = given ?? UInt64.random(in: 0...UInt64.max)
        var checked = 0
        for index in 0..<cases {
            let seed = first &+ UInt64(index)
            var generator = SeededGenerator(seed: seed)
            let problem: String?
            do { problem = try holds(&generator) } catch { problem = "\(error)" }
            if let problem {
                Issue.record("BOTTLE_SEED=\(seed) makes it fall: \(problem)", sourceLocation: sourceLocation)
                return
            }
            checked += 1
        }
        #expect(checked == cases, sourceLocation: sourceLocation)
    }
}
