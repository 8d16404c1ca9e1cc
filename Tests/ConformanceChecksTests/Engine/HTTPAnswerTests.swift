// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

struct HTTPAnswerTests {
    @Test func readsHeadAndBody() throws {
        let text = "HTTP/1.1 200 OK\r\nA: 1\r\nX-Pipelock-Service:  two words \r\n\r\nbody\r\n\r\nmore"
        let answer = try #require(HTTPAnswer(Array(text.utf8)))
        #expect(answer.status == 200)
        #expect(answer.header("x-pipelock-service") == "two words")
        #expect(answer.header("b") == nil)
        #expect(String(decoding: answer.body, as: UTF8.self) == "body\r\n\r\nmore")
    }

    @Test func undoesChunks() throws {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        let whole = try #require(HTTPAnswer(Array((head + "4;x=y\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n").utf8)))
        #expect(String(decoding: whole.body, as: UTF8.self) == "Wikipedia")
        let cut = try #require(HTTPAnswer(Array((head + "ff\r\nWiki").utf8)))
        #expect(String(decoding: cut.body, as: UTF8.self) == "Wiki")
        let hostile = try #require(HTTPAnswer(Array((head + "7fffffffffffffff\r\nx\r\n-5\r\ny").utf8)))
        #expect(String(decoding: hostile.body, as: UTF8.self) == "x\r\n-5\r\ny")
    }

    @Test(arguments: [
        "", "HTTP/1.1", "HTTP/1.1 abc x\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "HTTP/2 200\r\n",
    ])
    func refusesWhatIsNoAnswer(text: String) { #expect(HTTPAnswer(Array(text.utf8)) == nil) }

    @Test func survivesNoise() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let noise = (0..<Int.random(in: 0..<120, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let answer = HTTPAnswer(Array("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n".utf8) + noise)
            #expect((answer?.body.count ?? 0) <= noise.count)
        }
    }

    /// The real pipelock has no header of ours: a refusal tells its reason, and its health what nobody else's does.
    @Test(arguments: [
        ("403 Forbidden\r\nX-Pipelock-Block-Reason: dlp_match\r\n\r\n", true, true),
        ("403 Forbidden\r\nX-Pipelock-Service: 1\r\n\r\n", true, true),
        ("403 Forbidden\r\n\r\nblocked: domain not in allowlist: a.test\n", false, false),
        (
            "200 OK\r\n\r\n{\"status\":\"healthy\",\"kill_switch_active\":false,\"forward_proxy_enabled\":true}", true,
            false
        ),
        ("403 Forbidden\r\n\r\n{\"kill_switch_active\":false,\"forward_proxy_enabled\":true}", false, false),
        ("200 OK\r\n\r\n{\"status\":\"healthy\"}", false, false),
    ])
    func knowsTheRealPipelock(text: String, carries: Bool, denies: Bool) throws {
        let answer = try #require(HTTPAnswer(Array("HTTP/1.1 \(text)".utf8)))
        #expect(answer.carries(HTTPAnswer.pipelockMarker) == carries)
        #expect(answer.isMarkedDenial == denies)
        #expect(!answer.carries(HTTPAnswer.egressMarker))
    }
}
