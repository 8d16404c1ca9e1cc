// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Changes inputs at random, the same way for the same seed.
struct Mutator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Lets others run now and then: the tests beside wait for sockets, with deadlines.
    static func makeRoom(_ round: Int) async {
        if round % 100 == 0 { await Task.yield() }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// From 0 on, below `bound`.
    mutating func number(below bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    /// Bytes with one to four changes: a bit, a byte, a piece that is taken out, doubled or moved, or a word put in.
    ///
    /// - Parameter words: What may be put in, besides random bytes.
    mutating func changed(_ bytes: [UInt8], words: [[UInt8]] = []) -> [UInt8] {
        var bytes = bytes
        for _ in 0...number(below: 3) {
            guard !bytes.isEmpty else { return [UInt8(truncatingIfNeeded: next())] }
            let place = number(below: bytes.count)
            let end = min(bytes.count, place + 1 + number(below: 12))
            switch number(below: 7) {
            case 0: bytes[place] ^= 1 << UInt8(number(below: 8))
            case 1: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 4: bytes.removeSubrange(place...)
            case 5:
                let piece = bytes[place..<end]
                bytes.removeSubrange(place..<end)
                bytes.insert(contentsOf: piece, at: number(below: bytes.count + 1))
            default:
                let word = words.isEmpty ? [UInt8(truncatingIfNeeded: next())] : words[number(below: words.count)]
                bytes.insert(contentsOf: word, at: place)
            }
        }
        return bytes
    }
}
