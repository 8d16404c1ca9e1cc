// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BottleBackends

struct MultiplexedStreamTests {
    private func frame(_ kind: UInt8, _ text: String) -> [UInt8] {
        [kind, 0, 0, 0] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) }
            + Array(text.utf8)
    }

    @Test(arguments: [1, 2, 3, 7, 8, 9, 1000])
    func `two streams come apart, in pieces of any size`(_ size: Int) {
        let bytes = frame(1, "out") + frame(2, "err") + frame(1, "") + frame(1, String(repeating: "x", count: 300))
        var stream = MultiplexedStream(limit: 1000)
        for start in stride(from: 0, to: bytes.count, by: size) {
            stream.take(bytes[start..<min(start + size, bytes.count)])
            #expect(!stream.isBroken)
        }
        #expect(stream.isWhole && !stream.isTruncated)
        #expect(stream.stdout == Array(("out" + String(repeating: "x", count: 300)).utf8))
        #expect(stream.stderr == Array("err".utf8))
    }

    @Test func `a stream keeps its first bytes only, and says so`() {
        var stream = MultiplexedStream(limit: 4)
        stream.take(frame(1, "abc") + frame(2, "wxyz") + frame(1, "def"))
        #expect(stream.stdout == Array("abcd".utf8) && stream.stderr == Array("wxyz".utf8))
        #expect(stream.isTruncated && stream.isWhole)
    }

    @Test func `what ends in the middle of a frame is not whole`() {
        for count in 1..<11 {
            var stream = MultiplexedStream(limit: 100)
            stream.take(frame(1, "abc").prefix(count))
            #expect(stream.isWhole == (count == 11), "\(count)")
        }
    }

    @Test(arguments: [UInt8(0), 3, 65])
    func `what is no frame is not taken for one`(_ kind: UInt8) {
        var stream = MultiplexedStream(limit: 100)
        stream.take(frame(1, "a") + frame(kind, "b") + frame(1, "c"))
        #expect(stream.isBroken && !stream.isWhole)
        #expect(stream.stdout == Array("a".utf8))
    }
}
