// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleSidecars

@Suite(.timeLimit(.minutes(2))) struct EgressTests {
    static let placeholder =
        "Authorization: Bearer egress-placeholder\r\nauthorization: second\r\n"
        + "X-API-Key: k\r\nProxy-Authorization: p\r\n"

    @Test func tokenIsInjectedOnceAndThePlaceholderIsGone() async throws {
        try await TestWorld.run { world async throws in
            let answer = try await world.get("routed.test", path: "/r", fields: Self.placeholder)
            #expect(answer.status == 200 && answer.body == "origin")
            #expect(world.origin.requests.count == 1)
            let lines = try #require(world.origin.requests.first).head.lowercased().split(separator: "\r\n")
            #expect(lines.filter { $0.hasPrefix("authorization:") } == ["authorization: bearer real-token"])
            #expect(
                !lines.contains { $0.hasPrefix("x-api-key") || $0.hasPrefix("proxy-") || $0.contains("placeholder") })
            let records = world.log.records.filter { ["forward", "request"].contains($0["event"]) }
            #expect(records.map { $0["daemon"] } == ["pipelock", "egress", "pipelock"])
            #expect(records.first?["detail"] == "via egress")
            #expect(!world.log.records.contains { $0.values.contains { $0.contains("real-token") } })
        }
    }

    @Test func bodiesPassThroughTheChain() async throws {
        try await TestWorld.run { world async throws in
            let head = "POST http://routed.test:\(world.origin.port)/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            let answer = try await world.send(head + "5\r\nhello\r\n0\r\nAuthorization: late\r\n\r\n")
            #expect(answer.status == 200)
            let request = try #require(world.origin.requests.first)
            #expect(request.bodyBytes == 5 && !request.head.contains("late"))
        }
    }

    @Test func unroutedHostsSeeNoToken() async throws {
        try await TestWorld.run { world async throws in
            _ = try await world.get("allowed.test", fields: Self.placeholder)
            let direct = "GET http://allowed.test:\(world.origin.port)/ HTTP/1.1\r\n\(Self.placeholder)\r\n"
            #expect(try await world.send(direct, to: world.egress).status == 200)
            let heads = world.origin.requests.map(\.head)
            #expect(heads.count == 2 && !heads.contains { $0.contains("real-token") })
            #expect(heads.first?.contains("egress-placeholder") == true && heads.first?.contains("Proxy-") == false)
            #expect(heads.last?.lowercased().contains("authorization") == false)
        }
    }

    @Test(arguments: [["TOKEN": ""], [:]]) func missingTokenFailsClosed(tokens: [String: String]) async throws {
        try await TestWorld.run {
            $0.tokens = tokens
        } _: { world async throws in
            let answer = try await world.get("routed.test", fields: Self.placeholder)
            #expect(answer.status == 502 && answer.contains("X-Egress-Service: bottle-reference"))
            #expect(world.origin.requests.isEmpty)
        }
    }

    @Test func deniedHostsStayDeniedBehindEgress() async throws {
        try await TestWorld.run {
            $0.allowlist = ["allowed.test"]
        } _: { world async throws in
            #expect(try await world.get("routed.test").status == 403)
            let direct = "GET http://routed.test:\(world.origin.port)/ HTTP/1.1\r\n\r\n"
            let answer = try await world.send(direct, to: world.egress)
            #expect(answer.status == 403 && answer.contains("X-Pipelock-Service"))
            #expect(world.origin.requests.isEmpty)
        }
    }

    /// It knows where names lead in this world, and asks nobody all the same.
    @Test func onlyTheFaultDialsOutItself() async throws {
        for (faults, status) in [(Set<Fault>(), 403), ([Fault.direct], 200)] {
            try await TestWorld.run {
                $0.faults = faults
            } _: { world async throws in
                let direct = "GET http://denied.test:\(world.origin.port)/out HTTP/1.1\r\n\r\n"
                #expect(try await world.send(direct, to: world.egress).status == status)
                #expect(world.origin.requests.count == (faults.isEmpty ? 0 : 1))
                #expect(world.origin.requests.allSatisfy { $0.head.hasPrefix("GET /out ") })
            }
        }
    }

    @Test func requestsForItselfAreAnsweredAndLogged() async throws {
        try await TestWorld.run { world async throws in
            let nonce = "00112233445566778899aabbccddeeff"
            let answer = try await world.send("GET /\(nonce) HTTP/1.1\r\nHost: x\r\n\r\n", to: world.egress)
            #expect(answer.status == 404 && answer.contains("X-Egress-Service: bottle-reference"))
            let record = try #require(world.log.records.first { $0["daemon"] == "egress" && $0["nonce"] == nonce })
            #expect(record["event"] == "request" && record["target"] == "/\(nonce)")
            #expect(try await world.send("CONNECT allowed.test:443 HTTP/1.1\r\n\r\n", to: world.egress).status == 405)
        }
    }

    @Test func upstreamProxyIsAnAddress() {
        #expect(EgressServer.proxy("http://127.0.0.1:8888")?.description == "127.0.0.1:8888")
        for bad in ["", "127.0.0.1:8888", "http://proxy:8888", "https://127.0.0.1:8888", "http://127.0.0.1:8888/x"] {
            #expect(EgressServer.proxy(bad) == nil)
        }
    }
}
