// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

@testable import ConformanceCanaries

@Suite struct DNSMessageTests {
    @Test func queryIsByteForByteThatOfTheStandard() {
        let bytes = DNSQuery.bytes(name: "a.bc", type: 16, id: 0x1234)
        #expect(
            bytes == [
                0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 2, 0x62, 0x63, 0, 0, 16, 0, 1,
            ])
        #expect(DNSQuery.tcpBytes(name: "a.bc", type: 16, id: 0x1234) == [0, 22] + bytes)
        #expect(DNSQuery.bytes(name: ".", type: 1, id: 0, recursionDesired: false).count == 17)
    }

    @Test func queryCutsLabelsThatCannotBe() throws {
        let name = String(repeating: "x", count: 10_000)
        let message = try #require(DNSMessage(parsing: DNSQuery.bytes(name: name, type: 1, id: 1)))
        #expect(message.questions.first?.labels.map(\.count) == [63])
        #expect(DNSQuery.tcpBytes(name: String(repeating: "y.", count: 60_000), type: 1, id: 1).count > 65_535)
    }

    @Test func compressedAnswerIsRead() throws {
        let query = try #require(DNSMessage(parsing: DNSQuery.bytes(name: "Host.Zone", type: 1, id: 9)))
        let response = DNSMessage.response(to: query, code: .noError, addresses: [[1, 2, 3, 4], [5, 6, 7, 8]])
        let message = try #require(DNSMessage(parsing: response))
        #expect(message.answers.map(\.name) == ["host.zone", "host.zone"])
        #expect(message.answers.map(\.data) == [[1, 2, 3, 4], [5, 6, 7, 8]])
    }

    private static let header: [UInt8] = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    private static let tail: [UInt8] = [0, 1, 0, 1]

    /// Names that must not be read, each as a whole message.
    static let broken: [(String, [UInt8])] = [
        ("pointer to itself", header + [0xc0, 12] + tail),
        ("pointer forward", header + [0xc0, 14, 1, 0x61, 0] + tail),
        ("loop through a label", header + [1, 0x61, 0xc0, 12] + tail),
        ("pointer beyond the end", header + [0xff, 0xff] + tail),
        ("half a pointer", header + [0xc0]),
        ("reserved label type", header + [0x40, 0x61, 0] + tail),
        ("label beyond the end", header + [63, 0x61]),
        ("endless name", header + Array(repeating: [1, 0x61], count: 200).flatMap { $0 } + [0] + tail),
        ("no type", header + [1, 0x61, 0, 0]),
        ("more questions than bytes", [0, 1, 1, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0] + [0] + tail),
        ("answer without bytes", [0, 1, 1, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0] + [0] + tail),
        ("ten thousand bytes", header + [UInt8](repeating: 0x61, count: 10_000)),
        ("header only", header),
    ]

    @Test(arguments: broken) func brokenMessageIsRefused(_ name: String, _ bytes: [UInt8]) {
        #expect(DNSMessage(parsing: bytes) == nil)
        var zone = DNSZone(apex: "zone")
        let answer = zone.answer(bytes).response
        #expect(answer?.prefix(4) == [0, 1, 0x81, 1], "format error")
    }

    @Test func anyPrefixAndAnyFlippedBitIsHarmless() {
        let query = DNSQuery.bytes(name: "some.name.zone", type: 1, id: 3)
        for count in 0..<query.count { #expect(DNSMessage(parsing: Array(query.prefix(count))) == nil) }
        var zone = DNSZone(apex: "zone")
        for position in query.indices {
            for bit in 0..<8 {
                var flipped = query
                flipped[position] ^= 1 << bit
                if let response = zone.answer(flipped).response { #expect(response.count >= 12) }
            }
        }
    }

    @Test func responsesAndStubsGetNoAnswer() {
        var response = DNSQuery.bytes(name: "a.zone", type: 1, id: 3)
        response[2] |= 0x80
        var zone = DNSZone(apex: "zone")
        let (answer, names) = zone.answer(response)
        #expect(answer == nil && names == ["a.zone"])
        let stub = zone.answer([1, 2, 3]).response
        #expect(stub == nil)
        var update = DNSQuery.bytes(name: "a.zone", type: 1, id: 3)
        update[2] |= 5 << 3
        let code = zone.answer(update).response.flatMap { DNSMessage(parsing: $0)?.code }
        #expect(code == .notImplemented)
    }

    /// Answers take turns by name, and only where IPv4 is asked for.
    @Test func namesThatChangeTheirMind() {
        var zone = DNSZone(apex: "zone")
        let (outside, inside): ([UInt8], [UInt8]) = ([203, 0, 113, 1], [10, 77, 0, 1])
        let mapped = [UInt8](repeating: 0, count: 10) + [0xff, 0xff] + inside
        zone.add("flip.zone", DNSZone.Record(answers: [[outside], [inside]], v6: [mapped]))
        zone.add("mixed.zone", DNSZone.Record(answers: [[inside, outside]]))
        zone.add("plain.zone", DNSZone.Record(outside))
        func addresses(_ name: String, _ type: UInt16) -> [[UInt8]] {
            let answer = zone.answer(DNSQuery.bytes(name: name, type: type, id: 3)).response
            return answer.flatMap { DNSMessage(parsing: $0) }?.answers.map(\.data) ?? []
        }
        #expect(addresses("flip.zone", DNSQuery.RecordType.a) == [outside])
        #expect(addresses("flip.zone", DNSQuery.RecordType.aaaa) == [mapped])
        #expect(addresses("FLIP.zone", DNSQuery.RecordType.a) == [inside])
        #expect(addresses("flip.zone", DNSQuery.RecordType.any) == [outside, mapped])
        #expect(addresses("mixed.zone", DNSQuery.RecordType.a) == [inside, outside])
        for _ in 0..<3 { #expect(addresses("plain.zone", DNSQuery.RecordType.a) == [outside]) }
        #expect(addresses("plain.zone", DNSQuery.RecordType.aaaa).isEmpty)
    }
}
