// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import Testing

@testable import BottleSidecars

@Suite struct HTTPTests {
    @Test func goodHeadIsParsed() throws {
        let head = try RequestHead(Array("GET http://a/ HTTP/1.1\r\nHost:  a \r\nX: \t b\tc \r\nEmpty:\r\n\r\n".utf8))
        #expect(head.method == "GET" && head.target == "http://a/" && head.minor == 1)
        #expect(head.fields.values("host") == ["a"] && head.fields.values("x") == ["b\tc"])
        #expect(head.fields.values("empty") == [""])
    }

    @Test(arguments: [
        "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\n: b\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\u{0}c\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET /\r\n\r\n",
        "GET /\u{1} HTTP/1.1\r\n\r\n", "GET /\u{e4} HTTP/1.1\r\n\r\n", "G(T / HTTP/1.1\r\n\r\n", "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", "GET / HTTP/1.1 \r\n\r\n", "GET / http/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\n", "GET / HTTP/1.1\r\nA: b",
    ])
    func malformedHeadsAreRefused(text: String) {
        #expect(throws: HTTPFailure.self) { try RequestHead(Array(text.utf8)) }
    }

    @Test(arguments: [
        "Content-Length: 1\r\nTransfer-Encoding: chunked", "Content-Length: 1\r\nContent-Length: 1",
        "Content-Length: +1",
        "Content-Length: 1, 1", "Content-Length: ", "Content-Length: 0x1", "Content-Length: 9999999999999999999",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity", "Transfer-Encoding: xchunked", "Content-Length: -1",
    ])
    func ambiguousFramingIsRefused(fields: String) throws {
        let head = try RequestHead(Array("POST / HTTP/1.1\r\n\(fields)\r\n\r\n".utf8))
        #expect(throws: HTTPFailure.self) { try BodyFraming.ofRequest(head) }
    }

    @Test func framingFollowsTheRules() throws {
        func request(_ fields: String) throws -> BodyFraming {
            try BodyFraming.ofRequest(try RequestHead(Array("POST / HTTP/1.1\r\n\(fields)\r\n\r\n".utf8)))
        }
        #expect(try request("A: b") == .none)
        #expect(try request("Content-Length: 12") == .length(12))
        #expect(try request("Transfer-Encoding: Chunked") == .chunked)
        let response = try ResponseHead(Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".utf8))
        #expect(try BodyFraming.ofResponse(response, method: "HEAD") == .none)
        #expect(try BodyFraming.ofResponse(response, method: "GET") == .length(5))
        let open = try ResponseHead(Array("HTTP/1.0 200\r\n\r\n".utf8))
        #expect(try BodyFraming.ofResponse(open, method: "GET") == .untilClose)
    }

    @Test func chunksDecodeWhereverTheyAreCut() throws {
        let wire = Array("5;ext=1\r\nhello\r\n00a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT".utf8)
        for cut in 1...wire.count {
            var decoder = ChunkedDecoder()
            var buffer = ByteBuffer()
            var body = ""
            var isEnded = false
            for start in stride(from: 0, to: wire.count, by: cut) where !isEnded {
                buffer.writeBytes(wire[start..<min(start + cut, wire.count)])
                reading: while true {
                    switch try decoder.next(&buffer) {
                    case .data(let piece): body += String(buffer: piece)
                    case .needsMore: break reading
                    case .end:
                        isEnded = true
                        break reading
                    }
                }
            }
            #expect(isEnded && body == "hello0123456789")
        }
    }

    @Test(arguments: [
        "g\r\n", "\r\n", "5\nhello", "5\r\nhelloX\r\n", " 5\r\n", "5 \r\n", "-5\r\n", "0x5\r\n",
        "1234567890abcdef0\r\n",
        "0\r\nbad trailer\r\n\r\n", "5;a\rb\r\n", "0\r\n\n", "0\r\nA : b\r\n",
    ])
    func badChunksAreRefused(wire: String) {
        var decoder = ChunkedDecoder()
        var buffer = ByteBuffer(string: wire)
        #expect(throws: HTTPFailure.self) {
            while case .data = try decoder.next(&buffer) {}
        }
    }

    @Test func hopByHopFieldsGo() throws {
        let hop = "Connection: close, X-Own\r\nX-Own: 1\r\nProxy-Authorization: b\r\nTE: x\r\n"
        var fields = try RequestHead(Array("GET / HTTP/1.1\r\n\(hop)Keep: 2\r\n\r\n".utf8)).fields
        fields.removeHopByHop()
        #expect(fields.fields.map(\.name) == ["keep"])
    }

    @Test func noncesAreExactlyThirtyTwoDigits() {
        let nonce = "00112233445566778899aabbccddeeff"
        #expect(SidecarRecord.nonce(in: "/x?n=\(nonce)&y") == nonce)
        #expect(SidecarRecord.nonce(in: "/\(nonce)0") == nil)
        #expect(SidecarRecord.nonce(in: "/\(nonce.uppercased())") == nil)
        #expect(SidecarRecord.nonce(in: "/\(nonce)0/\(nonce)") == nonce)
    }

    @Test func recordsAreOneJSONLine() throws {
        let target = "http://a/\u{1}\"\\\n" + String(repeating: "x", count: 600)
        let record = SidecarRecord(daemon: "pipelock", event: "blocked", client: "1.2.3.4:5", target: target)
        let line = record.line()
        #expect(line.last == 0x0a && line.count { $0 == 0x0a } == 1)
        guard case .object(let members) = try JSONParser.parse(line) else {
            Issue.record("a record is an object")
            return
        }
        #expect(members.map(\.name) == ["daemon", "time", "event", "client", "target"])
        let prefix = #"http://a/\x01"\\x0ax"#
        guard case .string(let logged) = members[4].value, case .string(let time) = members[1].value else { return }
        #expect(logged.hasPrefix(prefix) && logged.utf8.count == 512)
        #expect(time.utf8.count == 24 && time.hasSuffix("Z"))
        let parsed = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(time)
        #expect(abs(parsed.timeIntervalSinceNow) < 60, "\(time)")
    }
}
