// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import Testing

@testable import BottleSidecars

/// Tunnels that are opened: TLS ends at the proxy on both sides.
@Suite(.timeLimit(.minutes(2))) struct InterceptionTests {
    @Test func aRequestGoesThroughVerifiedTLSBothWays() async throws {
        try await TestTLSWorld.run { tls async throws in
            let outcome = try await tls.tunnel(
                "allowed.test", tls.request("/p?q", fields: "X-Bottle-Nonce: 0123456789abcdef0123456789abcdef\r\n"))
            #expect(outcome.status == 200 && outcome.isTrusted, "\(outcome)")
            #expect(outcome.text.status == 200 && outcome.text.body == "origin", "\(outcome)")
            let seen = try #require(tls.origin.requests.first)
            #expect(seen.head.hasPrefix("GET /p?q HTTP/1.1\r\nHost: allowed.test:\(tls.origin.port)\r\n"), "\(seen)")
            let record = try #require(tls.world.log.records.first { $0["event"] == "forward" })
            #expect(record["target"] == "https://allowed.test:\(tls.origin.port)/p?q")
            #expect(record["detail"] == "intercepted")
            // Somebody who knows another CA does not believe the proxy.
            let other = try await tls.tunnel("allowed.test", trust: tls.stranger, tls.request())
            #expect(other.status == 200 && !other.isTrusted, "\(other)")
            #expect(tls.origin.requests.count == 1)
        }
    }

    @Test(arguments: OriginCertificate.allCases.filter { $0 != .good })
    func anUpstreamWithABadCertificateGetsNoRequest(certificate: OriginCertificate) async throws {
        try await TestTLSWorld.run {
            $0.certificate = certificate
        } _: { tls async throws in
            let outcome = try await tls.tunnel("allowed.test", tls.request())
            #expect(outcome.text.status == 502 && outcome.text.contains("X-Pipelock-Service"), "\(outcome)")
            let reason =
                certificate == .otherName ? "the certificate is for another name" : "the certificate is not trusted"
            #expect(outcome.text.body.contains(reason), "\(outcome)")
            #expect(tls.origin.requests.isEmpty)
        }
    }

    @Test func requestsOfOneTunnelShareAnUpstreamConnection() async throws {
        try await TestTLSWorld.run { tls async throws in
            let outcome = try await tls.tunnel(
                "allowed.test", tls.request("/1"), tls.request("/chunked"), tls.request("/last"), tls.request("/4"))
            #expect(outcome.text.split(separator: "HTTP/1.1 200").count == 4, "\(outcome)")
            #expect(outcome.text.contains("hello") && !outcome.text.contains("fake"), "\(outcome)")
            #expect(tls.origin.requests.map(\.connection) == [1, 1, 1, 2])
        }
    }

    @Test func aRequestThatAnUpstreamClosedOnIsSentOnceMore() async throws {
        try await TestTLSWorld.run { tls async throws in
            let outcome = try await tls.tunnel("allowed.test", tls.request("/hangup"), tls.request("/2"))
            #expect(outcome.text.contains("hangup") && outcome.text.hasSuffix("origin"), "\(outcome)")
            #expect(tls.origin.requests.map(\.connection) == [1, 2])
        }
    }

    @Test func anAnswerWithoutALengthEndsTheTunnel() async throws {
        try await TestTLSWorld.run { tls async throws in
            let outcome = try await tls.tunnel("allowed.test", tls.request("/close"))
            #expect(outcome.text.body == "until close" && outcome.text.contains("Connection: close"), "\(outcome)")
        }
    }

    /// What a request in a tunnel is refused for, with its status.
    static let refused: [(String, Int)] = [
        ("GET / HTTP/1.1\r\nHost: denied.test\r\n\r\n", 403),
        ("GET / HTTP/1.1\r\nHost: allowed.test\r\n\r\n", 403),
        ("GET / HTTP/1.1\r\nHost: allowed.test:PORT\r\nHost: denied.test\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET https://denied.test/ HTTP/1.1\r\nHost: allowed.test:PORT\r\n\r\n", 400),
        ("GET http://denied.test/ HTTP/1.1\r\nHost: allowed.test:PORT\r\n\r\n", 400),
        ("CONNECT denied.test:443 HTTP/1.1\r\nHost: allowed.test:PORT\r\n\r\n", 405),
        ("GET / HTTP/1.1\r\nHost: allowed.test:PORT\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: allowed.test:PORT\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ]

    @Test(arguments: refused) func everyRequestOfATunnelIsJudged(request: String, status: Int) async throws {
        try await TestTLSWorld.run { tls async throws in
            let bad = request.replacing("PORT", with: "\(tls.origin.port)")
            // After one that goes through, on the same connection.
            let outcome = try await tls.tunnel("allowed.test", tls.request("/first"), bad)
            let answers = outcome.text.ranges(of: /HTTP\/1.1 \d\d\d/).map { String(outcome.text[$0].suffix(3)) }
            #expect(answers == ["200", "\(status)"], "\(outcome)")
            #expect(outcome.text.contains("X-Pipelock-Service: bottle-reference"), "\(outcome)")
            #expect(tls.origin.requests.count == 1)
            #expect(tls.world.log.records.contains { $0["event"] == "blocked" })
        }
    }

    @Test(arguments: ["denied.test", "other.test"]) func theNameInTLSIsTheTunnels(name: String) async throws {
        try await TestTLSWorld.run { tls async throws in
            let outcome = try await tls.tunnel("allowed.test", serverName: name, tls.request())
            #expect(outcome.status == 200 && !outcome.isTrusted, "\(outcome)")
            let record = try #require(tls.world.log.records.first { $0["event"] == "blocked" })
            #expect(record["detail"]?.hasSuffix("the client names \"\(name)\"") == true, "\(record)")
            #expect(tls.origin.requests.isEmpty)
        }
    }

    @Test func whatIsNoTLSInATunnelGetsNoAnswer() async throws {
        try await TestTLSWorld.run { tls async throws in
            let plain = try await tls.plain(tls.request())
            #expect(plain.status == 200 && plain.text.isEmpty, "\(plain)")
            let record = try #require(tls.world.log.records.first { $0["event"] == "blocked" })
            #expect(record["detail"] == "TLS with the client failed: that is no TLS", "\(record)")
            let early = try await tls.world.connect("allowed.test", port: tls.origin.port)
            #expect(early.status == 400 && early.body.contains("before the tunnel is open"), "\(early)")
            #expect(tls.origin.requests.isEmpty)
        }
    }

    @Test func aHostThatIsPassedThroughKeepsItsOwnCertificate() async throws {
        try await TestTLSWorld.run {
            $0.passthrough = ["allowed.test"]
        } _: { tls async throws in
            let distrusted = try await tls.tunnel("allowed.test", tls.request())
            #expect(!distrusted.isTrusted, "\(distrusted)")
            let trust = try ClientTrust.context(additional: tls.origin.authorityFile)
            let outcome = try await tls.tunnel("allowed.test", trust: trust, tls.request())
            #expect(outcome.text.body == "origin", "\(outcome)")
            #expect(tls.world.log.records.contains { $0["detail"] == "no interception" })
            // The name in TLS is looked at all the same, and so is whether it is TLS at all.
            let seen = tls.origin.requests.count
            let other = try await tls.tunnel("allowed.test", serverName: "denied.test", trust: trust, tls.request())
            #expect(!other.isTrusted, "\(other)")
            let plain = try await tls.plain(tls.request())
            #expect(plain.status == 200 && plain.text.isEmpty, "\(plain)")
            let reasons = tls.world.log.records.filter { $0["event"] == "blocked" }.compactMap { $0["detail"] }
            #expect(
                reasons == ["the client names another host in TLS than its tunnel's", "that is no TLS"], "\(reasons)")
            #expect(tls.origin.requests.count == seen)
        }
    }

    @Test func aLargeBodyIsStreamed() async throws {
        try await TestTLSWorld.run { tls async throws in
            let body = String(repeating: "b", count: 3 << 20)
            let head =
                "POST /upload HTTP/1.1\r\nHost: allowed.test:\(tls.origin.port)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            let outcome = try await tls.tunnel("allowed.test", head + body)
            #expect(outcome.text.body == "origin", "\(outcome)")
            #expect(tls.origin.requests.first?.bodyBytes == body.utf8.count)
        }
    }
}

/// Tunnels of a bottle with routes: pipelock leads them to egress, and egress leads its own through pipelock.
@Suite(.timeLimit(.minutes(2))) struct EgressTunnelTests {
    private static let own = "Authorization: Bearer egress-placeholder\r\nauthorization: second\r\nX-API-Key: k\r\n"

    @Test func theTokenIsInjectedOnceAndThePlaceholderIsGone() async throws {
        try await TestTLSWorld.run {
            $0.isRouted = true
        } _: { tls async throws in
            let outcome = try await tls.tunnel("allowed.test", tls.request("/r", fields: Self.own))
            #expect(outcome.text.body == "origin", "\(outcome)")
            let lines = try #require(tls.origin.requests.first).head.lowercased().split(separator: "\r\n")
            #expect(lines.filter { $0.hasPrefix("authorization:") } == ["authorization: bearer real-token"])
            #expect(!lines.contains { $0.hasPrefix("x-api-key") || $0.contains("placeholder") })
            let records = tls.world.log.records.filter { ["tunnel", "forward", "request"].contains($0["event"]) }
            #expect(
                records.map { "\($0["daemon"] ?? "") \($0["event"] ?? "")" } == [
                    "pipelock tunnel", "egress tunnel", "egress request", "pipelock tunnel", "pipelock forward",
                ])
            #expect(!tls.world.log.records.contains { $0.values.contains { $0.contains("real-token") } })
            // The guest knows egress's CA and no other.
            let other = try await tls.tunnel("allowed.test", trust: tls.stranger, tls.request())
            #expect(!other.isTrusted, "\(other)")
        }
    }

    @Test func aHostThatIsDeniedIsDeniedBeforeEgressHearsOfIt() async throws {
        try await TestTLSWorld.run {
            $0.isRouted = true
        } _: { tls async throws in
            let outcome = try await tls.tunnel("denied.test", tls.request(host: "denied.test"))
            #expect(outcome.status == 403, "\(outcome)")
            #expect(!tls.world.log.records.contains { $0["daemon"] == "egress" && $0["event"] == "tunnel" })
        }
    }

    @Test func whatComesBeforeTheTunnelIsOpenGetsNoToken() async throws {
        try await TestTLSWorld.run {
            $0.isRouted = true
        } _: { tls async throws in
            let authority = "allowed.test:\(tls.origin.port)"
            let early = "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n\r\n" + tls.request()
            let answer = try await tls.world.send(early, to: tls.world.egress)
            #expect(answer.status == 400 && answer.contains("X-Egress-Service"), "\(answer)")
            #expect(tls.origin.requests.isEmpty)
            #expect(tls.world.log.records.contains { $0["daemon"] == "egress" && $0["event"] == "blocked" })
        }
    }

    @Test func anotherHostInsideTheTunnelGetsNoToken() async throws {
        try await TestTLSWorld.run {
            $0.isRouted = true
        } _: { tls async throws in
            let outcome = try await tls.tunnel("allowed.test", tls.request(host: "routed.test"))
            #expect(outcome.text.status == 403 && outcome.text.contains("X-Egress-Service"), "\(outcome)")
            #expect(tls.origin.requests.isEmpty)
        }
    }

    @Test(arguments: OriginCertificate.allCases.filter { $0 != .good })
    func theTokenGoesToNobodyWithABadCertificate(certificate: OriginCertificate) async throws {
        try await TestTLSWorld.run {
            $0.isRouted = true
            $0.certificate = certificate
        } _: { tls async throws in
            let outcome = try await tls.tunnel("allowed.test", tls.request())
            #expect(outcome.text.status == 502, "\(outcome)")
            #expect(tls.origin.requests.isEmpty)
        }
    }
}
