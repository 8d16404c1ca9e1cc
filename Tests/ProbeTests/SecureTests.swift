// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    /// Conversations that go on in TLS, by the helper beside the probe.
    @Suite struct SecureTests {
        private static let helper = "helper \(hex(SecureServer.executable("bottle-tls").path))"
        private static let request = hex("GET /asked HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n")
        /// Of a handshake that a peer did not end.
        private static let broken = "the handshake failed"
        private static let established = Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8)

        /// The pseudo-turn; nil is a dash.
        private static func tls(_ name: String?, _ trust: String?, _ protocols: String? = nil) -> String {
            "tls:" + [name, trust, protocols].map { $0.map { hex($0) } ?? "-" }.joined(separator: ":")
        }

        /// One exchange with a port of the loopback.
        private func exchange(
            _ port: UInt16, _ turns: String..., helper: String = Self.helper, timeout: Int = 20_000
        ) async throws -> ProbeRunner.Line {
            let words = (["exchange a n tcp 127.0.0.1 \(port) \(timeout)"] + turns).joined(separator: " ")
            return try await ProbeRunner.batch(helper, words).line("a")
        }

        private static func text(_ received: String?) -> String {
            let digits = (received ?? "").compactMap(\.hexDigitValue)
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
            return String(decoding: bytes, as: UTF8.self)
        }

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
                let line = try await exchange(
                    server.port, Self.tls(SecureServer.host, server.authority, "http/1.1"), "\(Self.request)/close")
                #expect(line.stage == "done")
                #expect(line.errno == nil)
                #expect(line.fact("tls") == "TLSv1.3")
                #expect(line.fact("tls.end") == "clean")
                #expect(line.fact("tls.leaf")?.hasPrefix("3082") == true)
                #expect(line.fact("tls.failure") == nil && line.fact("tls.helper") == nil)
                #expect(line.fact("local")?.hasPrefix("127.0.0.1:") == true)
                #expect(line.received.count == 1)
                #expect(Self.text(line.received.first).contains(#""target":"/asked""#))
            }
        }

        @Test func theLeafIsWhatTheServerShowed() async throws {
            try await SecureServer.serving { server in
                let ask = "tcp 127.0.0.1 \(server.port) 20000 \(Self.tls(SecureServer.host, nil)) \(Self.request)/close"
                let run = try await ProbeRunner.batch(Self.helper, "exchange a n \(ask)", "exchange b n \(ask)")
                let leaf = try #require(run.line("a").fact("tls.leaf"))
                #expect(try run.line("b").fact("tls.leaf") == leaf)
                // Its name stands in it, and the authority's own certificate is another one.
                #expect(leaf.contains(hex(SecureServer.host)))
                let pem = try String(contentsOfFile: server.authority, encoding: .utf8)
                let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
                #expect(Data(base64Encoded: body).map { hex(Array($0)) } != leaf)
                // Another server of the same name shows another one.
                try await SecureServer.serving { other in
                    let line = try await exchange(
                        other.port, Self.tls(SecureServer.host, nil), "\(Self.request)/close")
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
                    Self.helper,
                    "exchange trusting n tcp 127.0.0.1 \(server.port) 20000 \(Self.tls(SecureServer.host, nil)) "
                        + "\(Self.request)/close",
                    "exchange wary n tcp 127.0.0.1 \(server.port) 20000 "
                        + "\(Self.tls(SecureServer.host, server.authority)) \(Self.request)/close")
                expectFailure(try run.line("wary"), reason)
                // The same server, believed by who believes everybody.
                let trusting = try run.line("trusting")
                #expect(trusting.stage == "done" && trusting.errno == nil)
                #expect(Self.text(trusting.received.first).contains(#""target":"/asked""#))
            }
        }

        @Test func aGoodCertificateIsForItsOwnNameOnly() async throws {
            try await SecureServer.serving { server in
                let line = try await exchange(
                    server.port, Self.tls("other.test", server.authority), "\(Self.request)/close")
                expectFailure(line, "the certificate is for another name")
            }
        }

        @Test func aStrangersAuthorityIsNotTheServers() async throws {
            try await SecureServer.serving { stranger in
                try await SecureServer.serving { server in
                    let line = try await exchange(
                        server.port, Self.tls(SecureServer.host, stranger.authority), "\(Self.request)/close")
                    expectFailure(line, "the certificate is not trusted")
                }
            }
        }

        @Test func aNameNeedNotBeGiven() async throws {
            try await SecureServer.serving { server in
                let line = try await exchange(server.port, Self.tls(nil, nil), "\(Self.request)/close")
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
                    let line = try await exchange(server.port, Self.tls(name, trust), "\(Self.request)/close")
                    expectFailure(line, reason)
                }
            }
        }

        @Test func severalTurnsAreOneConversation() async throws {
            try await SecureServer.serving { server in
                let first = hex("GET /bytes/5 HTTP/1.1\r\nHost: origin.test\r\n\r\n")
                let line = try await exchange(
                    server.port, Self.tls(SecureServer.host, server.authority), "\(first)/headers", "-/bytes:5",
                    "\(Self.request)/close")
                #expect(line.stage == "done")
                #expect(line.received.count == 3)
                #expect(Self.text(line.received.first).hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(line.received.dropFirst().first == hex("bbbbb"))
                #expect(Self.text(line.received.last).contains(#""target":"/asked""#))
            }
        }

        /// More than any buffer on the way holds, and more than a turn keeps.
        @Test func aLongAnswerIsCappedAsInPlain() async throws {
            try await SecureServer.serving { server in
                let ask = hex("GET /bytes/3000000 HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n")
                let line = try await exchange(server.port, Self.tls(SecureServer.host, nil), "\(ask)/close")
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
                    let line = try await exchange(
                        port, "\(hex("CONNECT origin.test:443 HTTP/1.1\r\n\r\n"))/headers",
                        Self.tls(SecureServer.host, server.authority), "\(Self.request)/close")
                    #expect(line.stage == "done")
                    #expect(line.received.first == hex(Self.established))
                    #expect(Self.text(line.received.last).contains(#""target":"/asked""#))
                    #expect(line.fact("tls") == "TLSv1.3")
                }
            }
        }

        @Test func aHandshakeThatFailsInATunnelKeepsWhatWasReadBefore() async throws {
            try await SecureServer.serving { server in
                try await LoopbackServer.serving(.tunnel(Self.established, to: server.port)) { port in
                    let line = try await exchange(
                        port, "61/headers", Self.tls("other.test", server.authority), "\(Self.request)/close")
                    expectFailure(
                        line, "the certificate is for another name", received: [hex(Self.established)])
                }
            }
        }

        /// A refusal is read to its end, and TLS is not even begun: not even the helper is missed.
        @Test(arguments: [403, 407, 500, 199, 301]) func aRefusalIsReadInsteadOfTLS(status: Int) async throws {
            let head = "HTTP/1.1 \(status) No\r\nX-Pipelock-Service: x\r\n\r\n"
            try await LoopbackServer.serving(.answer(Array("\(head)blocked: not allowed\n".utf8))) { port in
                let line = try await exchange(
                    port, "61/headers", Self.tls(SecureServer.host, nil), "\(Self.request)/close",
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
                let line = try await exchange(
                    port, "61/headers", Self.tls(SecureServer.host, nil), "\(Self.request)/close")
                #expect(line.stage == "done")
                #expect(line.received == [hex(Self.established), hex("more")])
                #expect(line.fact("tls.failure") == nil)
            }
        }

        // MARK: - Peers that do not play along

        @Test(arguments: [
            (["HTTP/1.1 400 Bad Request\r\n\r\n"], "that is no TLS"), (["SSH-2.0-x\r\n"], "that is no TLS"),
            ([], Self.broken),
            // Records that begin well: a handshake's first bytes, and an alert that says no.
            (["\u{16}\u{3}\u{3}\u{0}\u{40}\u{2}"], Self.broken),
            (["\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}\u{28}"], "the peer refused"),
        ] as [([String], String)])
        func whatIsNoTLSFails(answer: [String], reason: String) async throws {
            try await LoopbackServer.serving(.answer(Array(answer.joined().utf8))) { port in
                let line = try await exchange(port, Self.tls(SecureServer.host, nil), "\(Self.request)/close")
                expectFailure(line, reason)
            }
        }

        @Test func aPeerThatResetsBreaksTheHandshake() async throws {
            try await LoopbackServer.serving(.reset([])) { port in
                let line = try await exchange(port, Self.tls(SecureServer.host, nil), "\(Self.request)/close")
                expectFailure(line, Self.broken)
            }
        }

        @Test func aSilentPeerUsesUpTheBudgetAndLeavesNoHelperBehind() async throws {
            let name = "silent-\(UUID().uuidString.lowercased()).test"
            try await LoopbackServer.serving(.silent) { port in
                let line = try await exchange(port, Self.tls(name, nil), "\(Self.request)/close", timeout: 500)
                #expect(line.stage == "receive")
                #expect(line.errno == "ETIMEDOUT")
                #expect(line.killed == false)
                #expect(line.fact("tls.failure") == nil)
                #expect(line.milliseconds >= 500)
                #expect(Processes.areGone(named: name, within: 20))
            }
        }

        @Test func aHelperOfAKilledProbeGoesWithIt() async throws {
            let name = "killed-\(UUID().uuidString.lowercased()).test"
            try await LoopbackServer.serving(.silent) { port in
                let run = try await ProbeRunner.start(
                    ["batch"],
                    input: "\(Self.helper)\nexchange a n tcp 127.0.0.1 \(port) 50000 \(Self.tls(name, nil)) -/close\n",
                    whileRunning: { parent in
                        guard Processes.isThere(named: name, within: 20) else { return false }
                        for child in Processes.children(of: parent, within: 20) { kill(child, SIGKILL) }
                        return Processes.areGone(named: name, within: 20)
                    })
                #expect(run.asObserved)
                #expect(try run.line("a").killed == true)
            }
        }

        // MARK: - The helper

        @Test(arguments: ["ENOENT", "EACCES"]) func aHelperThatCannotRunIsNamed(errno: String) async throws {
            try await ScratchDirectory.with { directory in
                let file = directory.appendingPathComponent("bottle-tls")
                if errno != "ENOENT" { try Data("no program".utf8).write(to: file) }
                try await LoopbackServer.serving(.silent) { port in
                    let line = try await exchange(
                        port, Self.tls(SecureServer.host, nil), "\(Self.request)/close",
                        helper: "helper \(hex(file.path))")
                    #expect(line.stage == "receive")
                    #expect(line.errno == errno)
                    #expect(line.fact("tls.helper") == errno)
                    #expect(line.fact("tls.failure") == nil)
                    #expect(line.milliseconds < 20_000, "nobody waits for a helper that is not there")
                }
            }
        }

        @Test func aHelperThatDiesAtOnceIsAFailure() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let line = try await exchange(
                    port, Self.tls(SecureServer.host, nil), "\(Self.request)/close",
                    helper: "helper \(hex("/bin/false"))")
                #expect(line.stage == "receive")
                #expect(line.errno == "EPROTO")
                #expect(line.fact("tls.helper") == nil && line.fact("tls") == nil)
            }
        }

        @Test func theHelperRefusesArgumentsThatAreNone() async throws {
            let run = try await ProbeRunner.start(["one", "two"], of: SecureServer.executable("bottle-tls"))
            #expect(run.exitCode == 64)
        }

        // MARK: - The words of the input

        @Test(arguments: [
            "tls:-:-", "tls:-:-:-:-", "tls:zz:-:-", "tls:-:6:-", "tls:6100:-:-", "tls:-:-:6A", "tls:a.test:-:-",
            "tls::-:-:", "tls:-:-:- tls:-:-:-",
        ])
        func aBadWordIsReportedAndTheRestRuns(word: String) async throws {
            let run = try await ProbeRunner.batch(
                Self.helper, "exchange a n tcp 127.0.0.1 80 100 \(word) 61/close", "identity last n")
            let line = try run.line("?")
            #expect(line.stage == "input")
            #expect((line.object["error"] as? String)?.hasPrefix("line 2: TLS is ") == true)
            #expect(try run.line("last").stage == "done")
        }

        @Test(arguments: ["udp", "udpu", "unix", "vsock"]) func onlyTCPCarriesTLS(transport: String) async throws {
            let address = ["unix": "@name", "vsock": "1:2"][transport] ?? "127.0.0.1"
            let run = try await ProbeRunner.batch(
                Self.helper, "exchange a n \(transport) \(address) 80 100 tls:-:-:- 61/close")
            #expect((try run.line("?").object["error"] as? String)?.contains("over tcp") == true)
        }

        @Test func withoutAHelperNobodyIsAskedForTLS() async throws {
            let run = try await ProbeRunner.batch("exchange a n tcp 127.0.0.1 80 100 tls:-:-:- 61/close", "identity b n")
            #expect((try run.line("?").object["error"] as? String)?.contains("names the helper") == true)
            #expect(try run.line("b").stage == "done")
        }

        @Test(arguments: ["relative", "", "/nul\u{0}"]) func aHelperHasAnAbsolutePath(path: String) async throws {
            let run = try await ProbeRunner.batch("helper \(path.isEmpty ? "-" : hex(path))", "identity a n")
            #expect((try run.line("?").object["error"] as? String)?.contains("helper must be") == true)
        }
    }
}
