// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import BottleSidecars

@Suite(.timeLimit(.minutes(2))) struct PipelockTests {
    @Test func allowedHostsWorkBothWays() async throws {
        try await TestWorld.run { world async throws in
            for host in ["allowed.test", "ALLOWED.Test", "allowed.test.", "sub.wild.test"] {
                let fetched = try await world.get(host, path: "/p?q")
                #expect(fetched.status == 200 && fetched.body == "origin", "\(host)")
                let tunnelled = try await world.connect(host)
                #expect(tunnelled.status == 200 && tunnelled.body.body == "origin", "\(host)")
            }
            let heads = world.origin.requests.map(\.head)
            #expect(heads.count == 8)
            #expect(
                heads.first
                    == "GET /p?q HTTP/1.1\r\nHost: allowed.test:\(world.origin.port)\r\nConnection: close\r\n\r\n")
            #expect(world.log.records.filter { $0["event"] == "forward" }.count == 4)
            #expect(world.log.records.filter { $0["event"] == "tunnel" }.count == 4)
        }
    }

    static let denied = [
        "denied.test", "sub.allowed.test", "notallowed.test", "allowed.test.evil", "xwild.test", "localhost",
        "127.0.0.1",
        "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.0.0.1.",
        "0x7f000001",
        "allowed.test@127.0.0.1", "allowed.test%00.denied.test", "allowed..test", "-", "[::1%25lo]", "allowed.test\\@x",
    ]

    @Test(arguments: denied) func everythingElseIsDenied(host: String) async throws {
        try await TestWorld.run { world async throws in
            for answer in [try await world.get(host), try await world.connect(host)] {
                #expect(answer.status == 403)
                #expect(answer.contains("\r\nX-Pipelock-Service: bottle-reference\r\n"))
                #expect(answer.contains("\r\nConnection: close\r\n"))
                #expect(answer.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"))
            }
            let fetched = try await world.send("GET /fetch?url=http://\(host)/ HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(fetched.status == 403)
            #expect(world.origin.requests.isEmpty)
            #expect(world.log.records.filter { $0["event"] == "blocked" }.count == 3)
            #expect(!world.log.records.contains { $0["event"] == "forward" || $0["event"] == "tunnel" })
        }
    }

    @Test func denialsUseTheWordsOfTheRealProxy() async throws {
        try await TestWorld.run { world async throws in
            #expect(try await world.get("denied.test").body == "blocked: domain not in allowlist: denied.test\n")
            #expect(
                try await world.connect("denied.test").body == "CONNECT blocked: domain not in allowlist: denied.test\n"
            )
            #expect(
                try await world.get("loop.test").body
                    == "blocked: SSRF blocked: loop.test resolves to internal IP 127.0.0.7\n")
            #expect(try await world.connect("bundle.test").body.hasSuffix("resolves to internal IP 127.0.0.9\n"))
            #expect(try await world.get("mixed.test").body.hasSuffix("resolves to internal IP 10.1.2.3\n"))
            #expect(
                try await world.get("gone.test").body
                    == "blocked: SSRF check failed: DNS resolution error for gone.test\n")
            let unused = try await TestWorld.freePort()
            let failed = try await world.get("allowed.test", port: unused)
            #expect(failed.status == 502 && failed.contains("X-Pipelock-Service"))
            #expect(try await world.connect("allowed.test", port: unused).body == "tunnel dial failed\n")
            #expect(world.origin.requests.isEmpty)
        }
    }

    @Test func emptyAllowlistDeniesEverything() async throws {
        try await TestWorld.run {
            $0.allowlist = []
        } _: { world async throws in
            #expect(try await world.get("allowed.test").status == 403)
            #expect(try await world.connect("allowed.test").status == 403)
            #expect(try await world.send("GET /health HTTP/1.1\r\n\r\n").status == 200)
        }
    }

    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "A: b\nC: d\r\n\r\n", "A: b\u{0}\r\n\r\n",
        "Host: second\r\n\r\n",
    ])
    func smugglingIsRefused(rest: String) async throws {
        try await TestWorld.run { world async throws in
            let start = "POST http://allowed.test:\(world.origin.port)/ HTTP/1.1\r\nHost: allowed.test\r\n"
            let answer = try await world.send(start + rest)
            #expect(answer.status == 400 && answer.contains("X-Pipelock-Service"))
            #expect(world.origin.requests.isEmpty)
        }
    }

    @Test func badChunkEndsTheRequestWith400() async throws {
        try await TestWorld.run { world async throws in
            let start = "POST http://allowed.test:\(world.origin.port)/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            #expect(try await world.send(start + "5\r\nhelloGET /x HTTP/1.1\r\n").status == 400)
            #expect(world.origin.requests.isEmpty)
        }
    }

    @Test func onlyTheFirstRequestOfAConnectionIsRead() async throws {
        try await TestWorld.run { world async throws in
            let first = "GET http://allowed.test:\(world.origin.port)/1 HTTP/1.1\r\nHost: allowed.test\r\n\r\n"
            let second = "GET http://denied.test:\(world.origin.port)/2 HTTP/1.1\r\nHost: denied.test\r\n\r\n"
            let answer = try await world.send(first + second)
            #expect(answer.status == 200 && answer.body == "origin")
            #expect(world.origin.requests.count == 1)
        }
    }

    @Test func otherProtocolsAreRefusedAtOnce() async throws {
        try await TestWorld.run { world async throws in
            #expect(try await world.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status == 400)
            #expect(try await world.send("\u{5}\u{1}\u{0}").status == 400)
            #expect(try await world.send("\u{16}\u{3}\u{1}").status == 400)
            let long = "GET /" + String(repeating: "x", count: 70000)
            #expect(try await world.send(long).status == 431)
            #expect(try await world.send("GET / HTTP/1.1\r\nHost: denied.test\r\n\r\n").status == 404)
            #expect(try await world.send("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n").status == 403)
            #expect(try await world.send("GET /fetch?url=http%3A%2F%2Fallowed.test%2F HTTP/1.1\r\n\r\n").status == 501)
            #expect(
                try await world.send("CONNECT allowed.test:1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc").status == 400)
        }
    }

    @Test func healthSaysWhatThisIs() async throws {
        try await TestWorld.run { world async throws in
            let nonce = "00112233445566778899aabbccddeeff"
            let answer = try await world.send("GET /health?n=\(nonce) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answer.status == 200 && answer.contains("X-Pipelock-Service: bottle-reference"))
            guard case .object(let members) = try JSONParser.parse(Array(answer.body.utf8)) else {
                Issue.record("health is a JSON object")
                return
            }
            let values = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
            #expect(values["status"] == .string("healthy") && values["service"] == .string("pipelock"))
            #expect(values["mode"] == .string("strict") && values["tls_interception_enabled"] == .bool(false))
            let record = try #require(world.log.records.first { $0["event"] == "health" })
            #expect(record["nonce"] == nonce && record["client"]?.hasPrefix("127.0.0.2:") == true)
            #expect(try await world.send("HEAD /health HTTP/1.1\r\n\r\n").body.isEmpty)
        }
    }

    @Test func bodiesOf20MegabytesAreStreamed() async throws {
        try await TestWorld.run { world async throws in
            let url = "http://allowed.test:\(world.origin.port)"
            let piece = ByteBuffer(repeating: 0x61, count: 65536)
            let pieces = Array(repeating: piece, count: 320)
            let fixed = "POST \(url)/ HTTP/1.1\r\nContent-Length: 20971520\r\nExpect: 100-continue\r\n\r\n"
            #expect(try await world.send(fixed, then: pieces).hasSuffix("\r\n\r\norigin"))
            var chunk = ByteBuffer(string: "10000\r\n")
            chunk.writeImmutableBuffer(piece)
            chunk.writeString("\r\n")
            let chunks = Array(repeating: chunk, count: 320) + [ByteBuffer(string: "0\r\nAuthorization: late\r\n\r\n")]
            #expect(
                try await world.send("POST \(url)/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", then: chunks).status
                    == 200)
            #expect(world.origin.requests.map(\.bodyBytes) == [20_971_520, 20_971_520])
            #expect(try await world.get("allowed.test", path: "/big").body.utf8.count == 20_971_520)
        }
    }

    @Test func answersAreRelayedWhateverTheirFraming() async throws {
        try await TestWorld.run { world async throws in
            let chunked = try await world.get("allowed.test", path: "/chunked")
            #expect(chunked.status == 200 && chunked.body == "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
            #expect(!chunked.contains("X-Pipelock-Service"))
            #expect(try await world.get("allowed.test", path: "/close").body == "until close")
            #expect(try await world.get("allowed.test", path: "/redirect").status == 302)
            let ambiguous = try await world.get("allowed.test", path: "/both")
            #expect(ambiguous.status == 502 && ambiguous.contains("X-Pipelock-Service"))
            let cut = try await world.get("allowed.test", path: "/cut")
            #expect(cut.contains("Content-Length: 100") && cut.body == "cut")
            let old = "GET http://allowed.test:\(world.origin.port)/chunked HTTP/1.0\r\n\r\n"
            #expect(try await world.send(old).body == "hello world")
            // An upload that the origin does not want to the end still gets the origin's answer.
            let early =
                "POST http://allowed.test:\(world.origin.port)/early HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n"
            #expect(try await world.send(early).status == 413)
        }
    }

    @Test func idleConnectionsAreClosed() async throws {
        try await TestWorld.run {
            $0.idle = .milliseconds(200)
        } _: { world async throws in
            let start = ContinuousClock.now
            #expect(try await world.send("GET http://allo") == "")
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test func nothingIsLookedUpForADeniedName() async throws {
        try await TestWorld.run { world async throws in
            for host in ["denied.test", "secret.denied.test", "127.0.0.1", "bad..test"] {
                #expect(try await world.get(host).status == 403)
                #expect(try await world.connect(host).status == 403)
            }
            #expect(world.nameServer.questions.isEmpty)
            #expect(try await world.get("allowed.test").status == 200)
            #expect(world.nameServer.questions == ["allowed.test"])
        }
    }

    @Test func nonceMayComeInAHeader() async throws {
        try await TestWorld.run { world async throws in
            let nonce = "ffeeddccbbaa99887766554433221100"
            _ = try await world.get("denied.test", fields: "X-Bottle-Nonce: \(nonce)\r\n")
            _ = try await world.send("GET http://allowed.test/\u{1}\(nonce) HTTP/1.1\r\n\r\n")
            let blocked = world.log.records.filter { $0["event"] == "blocked" }
            #expect(blocked.map { $0["nonce"] } == [nonce, nonce])
            #expect(blocked.last?["target"] == "http://allowed.test/\\x01\(nonce)")
        }
    }
}
