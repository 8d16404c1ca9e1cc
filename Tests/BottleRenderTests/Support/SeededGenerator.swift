// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below the limit.
    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    /// A coin.
    mutating func flag() -> Bool { next() & 1 == 1 }

    /// Up to `most` values.
    mutating func list<Value>(_ most: Int, _ make: (inout SeededGenerator) -> Value) -> [Value] {
        (0..<below(most + 1)).map { _ in make(&self) }
    }

    /// One of the values.
    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
}
