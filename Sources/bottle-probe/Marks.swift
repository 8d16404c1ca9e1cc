// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What is looked for: texts of the digits of base64 that are known by length, a part of a rolling hash, and a digest.
struct Marks {
    struct Mark {
        var label: Bytes
        var length: Int
        var tag: UInt16
        /// 64 lower-case hex digits.
        var digest: Bytes
    }

    /// Marks of one length, which share the rolling hash.
    private struct Group {
        let length: Int
        /// The factor of the byte that leaves the window.
        let leaving: UInt64
        var indices: [Int] = []
        /// One bit for each tag that occurs.
        var tags = [UInt64](repeating: 0, count: 1024)
    }

    /// As many as there are bits in what a search answers.
    static let most = 64
    /// Shorter texts turn up by chance; longer ones would have to be kept between two reads.
    static let lengths = 16...4096

    let all: [Mark]
    private let base: UInt64
    private let salt: Bytes
    private var groups: [Group] = []
    private let shortest: Int
    let longest: Int
    /// Whether a byte is a letter, a digit, + or /.
    private let isDigit: [Bool]

    /// - Parameter all: At most `most`, of lengths within `lengths`, and at least one.
    init(_ all: [Mark], base: UInt64, salt: Bytes) {
        self.all = all
        self.base = base
        self.salt = salt
        var (shortest, longest) = (Int.max, 0)
        for (index, mark) in all.enumerated() {
            shortest = min(shortest, mark.length)
            longest = max(longest, mark.length)
            var place = groups.firstIndex { $0.length == mark.length } ?? -1
            if place < 0 {
                var leaving: UInt64 = 1
                for _ in 1..<mark.length { leaving = leaving &* base }
                place = groups.count
                groups.append(Group(length: mark.length, leaving: leaving))
            }
            groups[place].indices.append(index)
            groups[place].tags[Int(mark.tag >> 6)] |= 1 << UInt64(mark.tag & 63)
        }
        self.shortest = shortest
        self.longest = longest
        isDigit = (0..<256).map { byte in
            (0x2f...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2b
        }
    }

    /// Which marks stand in the bytes: one bit each, in their order.
    ///
    /// A mark is an unbroken run of such digits, so that where the last byte of a shortest one would be is none,
    /// the search goes on behind it: of most files it touches one byte in dozens.
    func search(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var found: UInt64 = 0
        var start = 0
        while start + shortest <= bytes.count {
            var last = start + shortest - 1
            while last >= start, isDigit[Int(bytes[last])] { last -= 1 }
            if last >= start {
                start = last + 1
                continue
            }
            var end = start + shortest
            while end < bytes.count, isDigit[Int(bytes[end])] { end += 1 }
            let run = UnsafeBufferPointer(rebasing: bytes[start..<end])
            for group in groups where group.length <= run.count { found |= search(run, group) }
            start = end + 1
        }
        return found
    }

    /// Which marks stand in the bytes.
    func search(_ bytes: Bytes) -> UInt64 { bytes.withUnsafeBufferPointer { search($0) } }

    private func search(_ run: UnsafeBufferPointer<UInt8>, _ group: Group) -> UInt64 {
        var hash: UInt64 = 0
        for index in 0..<group.length { hash = hash &* base &+ UInt64(run[index]) }
        var found: UInt64 = 0
        var start = 0
        while true {
            let tag = UInt16(truncatingIfNeeded: hash >> 48)
            if group.tags[Int(tag >> 6)] >> UInt64(tag & 63) & 1 == 1 { found |= verify(run, start, tag, group) }
            guard start + group.length < run.count else { return found }
            hash = (hash &- UInt64(run[start]) &* group.leaving) &* base &+ UInt64(run[start + group.length])
            start += 1
        }
    }

    private func verify(
        _ run: UnsafeBufferPointer<UInt8>, _ start: Int, _ tag: UInt16, _ group: Group
    ) -> UInt64 {
        let digest = Sha256.hex(salt + Bytes(run[start..<start + group.length]))
        var found: UInt64 = 0
        for index in group.indices where all[index].tag == tag && all[index].digest == digest {
            found |= 1 << UInt64(index)
        }
        return found
    }
}
