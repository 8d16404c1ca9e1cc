// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    /// Conversations that go on in TLS, by the helper beside the probe.
    @Suite struct SecureTests {
        /// Of a handshake that a peer did not end.
        private static let broken = "the handshake failed"
        private static let established = Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8)

        private func expectFailure(_ line: ProbeRunner.Line, _ reason: String, received: [String] = []) {
            #expect(line.stage == "receive")
            #expect(line.errno == "EPROTO")
            #expect(line.killed == false)
            #expect(line.fact("tls.failure") == reason)
            #expect(line.fact("tls") == nil && line.fact("tls.leaf") == nil)
            #expect(line.received == received)
        }

        @Test func aServerIsVerifiedAndSaysWhatItWasAsked() async throws {
            try await SecureServer.serving { server in
                let line = try await SecureExchange.run(
                    server.port, SecureExchange.tls(SecureServer.host, server.authority, "http/1.1"),
                    "\(SecureExchange.request)/close")
                #expect(line.stage == "done")
                #expect(line.errno == nil)
                #expect(line.fact("tls") == "TLSv1.3")
                #expect(line.fact("tls.end") == "clean")
                #expect(line.fact("tls.leaf")?.hasPrefix("3082") == true)
                #expect(line.fact("tls.failure") == nil && line.fact("tls.helper") == nil)
                #expect(line.fact("local")?.hasPrefix("127.0.0.1:") == true)
                #expect(line.received.count == 1)
                #expect(SecureExchange.text(line.received.first).contains(#""target":"/asked""#))
            }
        }

        @Test func theLeafIsWhatTheServerShowed() async throws {
            try await SecureServer.serving { server in
                let ask =
                    "tcp 127.0.0.1 \(server.port) 20000 \(SecureExchange.tls(SecureServer.host, nil)) \(SecureExchange.request)/close"
                let run = try await ProbeRunner.batch(
                    SecureExchange.helper, "exchange a n \(ask)", "exchange b n \(ask)")
                let leaf = try #require(run.line("a").fact("tls.leaf"))
                #expect(try run.line("b").fact("tls.leaf") == leaf)
                // Its name stands in it, and the authority's own certificate is another one.
                #expect(leaf.contains(hex(SecureServer.host)))
                let pem = try String(contentsOfFile: server.authority, encoding: .utf8)
                let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
                #expect(Data(base64Encoded: body).map { hex(Array($0)) } != leaf)
                // Another server of the same name shows another one.
                try await SecureServer.serving { other in
                    let line = try await SecureExchange.run(
                        other.port, SecureExchange.tls(SecureServer.host, nil), "\(SecureExchange.request)/close")
                    #expect(line.fact("tls.leaf") != nil && line.fact("tls.leaf") != leaf)
                }
            }
        }

        @Test(arguments: [
            ("expired", "the certificate is not trusted"), ("other-authority", "the certificate is not trusted"),
            ("other-name", "the certificate is for another name"),
        ])
        func whoIsNotBelievedIsToldNothing(certificate: String, reason: String) async throws {
            try await SecureServer.serving(certificate) { server in
                let run = try await ProbeRunner.batch(
                    SecureExchange.helper,
                    "exchange trusting n tcp 127.0.0.1 \(server.port) 20000 \(SecureExchange.tls(SecureServer.host, nil)) "
                        + "\(SecureExchange.request)/close",
                    "exchange wary n tcp 127.0.0.1 \(server.port) 20000 "
                        + "\(SecureExchange.tls(SecureServer.host, server.authority)) \(SecureExchange.request)/close")
                expectFailure(try run.line("wary"), reason)
                // The same server, believed by who believes everybody.
                let trusting = try run.line("trusting")
                #expect(trusting.stage == "done" && trusting.errno == nil)
                #expect(SecureExchange.text(trusting.received.first).contains(#""target":"/asked""#))
            }
        }

        @Test func aGoodCertificateIsForItsOwnNameOnly() async throws {
            try await SecureServer.serving { server in
                let line = try await SecureExchange.run(
                    server.port, SecureExchange.tls("other.test", server.authority), "\(SecureExchange.request)/close")
                expectFailure(line, "the certificate is for another name")
            }
        }

        @Test func aStrangersAuthorityIsNotTheServers() async throws {
            try await SecureServer.serving { stranger in
                try await SecureServer.serving { server in
                    let line = try await SecureExchange.run(
                        server.port, SecureExchange.tls(SecureServer.host, stranger.authority),
                        "\(SecureExchange.request)/close")
                    expectFailure(line, "the certificate is not trusted")
                }
            }
        }

        @Test func aNameNeedNotBeGiven() async throws {
            try await SecureServer.serving { server in
                let line = try await SecureExchange.run(
                    server.port, SecureExchange.tls(nil, nil), "\(SecureExchange.request)/close")
                #expect(line.stage == "done")
                #expect(line.fact("tls") == "TLSv1.3")
            }
        }

        @Test func whatCannotBeTriedSaysWhy() async throws {
            try await SecureServer.serving { server in
                let cases = [
                    ("origin.test", server.authority + ".gone", "the trusted certificates cannot be read"),
                    ("origin.test", "/dev/null", "the trusted certificates hold none that can be used"),
                    ("127.0.0.1", nil, "the server's name is none that TLS can carry"),
                ]
                for (name, trust, reason) in cases {
                    let line = try await SecureExchange.run(
                        server.port, SecureExchange.tls(name, trust), "\(SecureExchange.request)/close")
                    expectFailure(line, reason)
                }
            }
        }

        @Test func severalTurnsAreOneConversation() async throws {
            try await SecureServer.serving { server in
                let first = hex("GET /bytes/5 HTTP/1.1\r\nHost: origin.test\r\n\r\n")
                let line = try await SecureExchange.run(
                    server.port, SecureExchange.tls(SecureServer.host, server.authority), "\(first)/headers",
                    "-/bytes:5",
                    "\(SecureExchange.request)/close")
                #expect(line.stage == "done")
                #expect(line.received.count == 3)
                #expect(SecureExchange.text(line.received.first).hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(line.received.dropFirst().first == hex("bbbbb"))
                #expect(SecureExchange.text(line.received.last).contains(#""target":"/asked""#))
            }
        }

        /// More than any buffer on the way holds, and more than a turn keeps.
        @Test func aLongAnswerIsCappedAsInPlain() async throws {
            try await SecureServer.serving { server in
                let ask = hex("GET /bytes/3000000 HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n")
                let line = try await SecureExchange.run(
                    server.port, SecureExchange.tls(SecureServer.host, nil), "\(ask)/close")
                #expect(line.stage == "done")
                #expect(line.received.first?.count == 2 * 65536)
                #expect(line.fact("truncated") == "1")
                #expect(line.fact("tls") == "TLSv1.3")
            }
        }

        // MARK: - Behind a proxy

        @Test func aTunnelThatIsGrantedIsGoneThrough() async throws {
            try await SecureServer.serving { server in
                try await LoopbackServer.serving(.tunnel(Self.established, to: server.port)) { port in
                    let line = try await SecureExchange.run(
                        port, "\(hex("CONNECT origin.test:443 HTTP/1.1\r\n\r\n"))/headers",
                        SecureExchange.tls(SecureServer.host, server.authority), "\(SecureExchange.request)/close")
                    #expect(line.stage == "done")
                    #expect(line.received.first == hex(Self.established))
                    #expect(SecureExchange.text(line.received.last).contains(#""target":"/asked""#))
                    #expect(line.fact("tls") == "TLSv1.3")
                }
            }
        }

        @Test func aHandshakeThatFailsInATunnelKeepsWhatWasReadBefore() async throws {
            try await SecureServer.serving { server in
                try await LoopbackServer.serving(.tunnel(Self.established, to: server.port)) { port in
                    let line = try await SecureExchange.run(
                        port, "61/headers", SecureExchange.tls("other.test", server.authority),
                        "\(SecureExchange.request)/close")
                    expectFailure(
                        line, "the certificate is for another name", received: [hex(Self.established)])
                }
            }
        }

        /// A refusal is read to its end, and TLS is not even begun: not even the helper is missed.
        @Test(arguments: [403, 407, 500, 199, 301]) func aRefusalIsReadInsteadOfTLS(status: Int) async throws {
            let head = "HTTP/1.1 \(status) No\r\nX-Pipelock-Service: x\r\n\r\n"
            try await LoopbackServer.serving(.answer(Array("\(head)blocked: not allowed\n".utf8))) { port in
                let line = try await SecureExchange.run(
                    port, "61/headers", SecureExchange.tls(SecureServer.host, nil), "\(SecureExchange.request)/close",
                    helper: "helper \(hex("/nowhere/bottle-tls"))")
                #expect(line.stage == "done")
                #expect(line.errno == nil)
                #expect(line.received == [hex(head), hex("blocked: not allowed\n")])
                #expect(!line.facts.keys.contains { $0.hasPrefix("tls") })
            }
        }

        /// Bytes behind the agreement would be taken for the peer's TLS.
        @Test func whatComesBehindTheAgreementIsNoTLS() async throws {
            try await LoopbackServer.serving(.answer(Self.established + Array("more".utf8))) { port in
                let line = try await SecureExchange.run(
                    port, "61/headers", SecureExchange.tls(SecureServer.host, nil), "\(SecureExchange.request)/close")
                #expect(line.stage == "done")
                #expect(line.received == [hex(Self.established), hex("more")])
                #expect(line.fact("tls.failure") == nil)
            }
        }

        // MARK: - Peers that do not play along

        @Test(
            arguments: [
                (["HTTP/1.1 400 Bad Request\r\n\r\n"], "that is no TLS"), (["SSH-2.0-x\r\n"], "that is no TLS"),
                ([], Self.broken),
                // Records that begin well: a handshake's first bytes, and an alert that says no.
                (["\u{16}\u{3}\u{3}\u{0}\u{40}\u{2}"], Self.broken),
                (["\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}\u{28}"], "the peer refused"),
            ] as [([String], String)])
        func whatIsNoTLSFails(answer: [String], reason: String) async throws {
            try await LoopbackServer.serving(.answer(Array(answer.joined().utf8))) { port in
                let line = try await SecureExchange.run(
                    port, SecureExchange.tls(SecureServer.host, nil), "\(SecureExchange.request)/close")
                expectFailure(line, reason)
            }
        }

        @Test func aPeerThatResetsBreaksTheHandshake() async throws {
            try await LoopbackServer.serving(.reset([])) { port in
                let line = try await SecureExchange.run(
                    port, SecureExchange.tls(SecureServer.host, nil), "\(SecureExchange.request)/close")
                expectFailure(line, Self.broken)
            }
        }

        @Test func aSilentPeerUsesUpTheBudgetAndLeavesNoHelperBehind() async throws {
            let name = "silent-\(UUID().uuidString.lowercased()).test"
            try await LoopbackServer.serving(.silent) { port in
                let line = try await SecureExchange.run(
                    port, SecureExchange.tls(name, nil), "\(SecureExchange.request)/close", timeout: 500)
                #expect(line.stage == "receive")
                #expect(line.errno == "ETIMEDOUT")
                #expect(line.killed == false)
                #expect(line.fact("tls.failure") == nil)
                #expect(line.milliseconds >= 500)
                #expect(Processes.areGone(named: name, within: 20))
            }
        }
    }
}
