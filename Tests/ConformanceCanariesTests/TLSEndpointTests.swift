// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import BottleTLS
    import Testing

    @testable import ConformanceCanaries

    /// Both ends of TLS without a network between them.
    ///
    /// A test that never ends is one that an endpoint holds up: closing one that was half closed once did.
    @Suite(.timeLimit(.minutes(1))) struct TLSEndpointTests {
        /// Two ends, and what carries bytes between them.
        private final class Pair {
            let client: TLSEndpoint
            let server: TLSEndpoint
            var heard: [UInt8] = []
            var answered: [UInt8] = []

            init(name: String? = "a.test", trust: TLSTrust? = nil, host: String? = nil) throws {
                let authority = try #require(try CanaryAuthority.mint())
                let trust = trust ?? .authorities(Array(authority.certificate.utf8))
                client = try TLSEndpoint(asClient: trust.context(), serverName: name)
                server = try SecureOrigin(authority).endpoint(for: host ?? name)
            }

            /// Carries whatever there is both ways, in pieces of so many bytes, until neither side says any more.
            func settle(pieces: Int = 1 << 20) {
                var isQuiet = false
                while !isQuiet {
                    isQuiet = true
                    for (from, to) in [(client, server), (server, client)] {
                        let bytes = from.takeOutput()
                        if !bytes.isEmpty { isQuiet = false }
                        for start in stride(from: 0, to: bytes.count, by: pieces) {
                            to.receive(bytes[start..<min(start + pieces, bytes.count)])
                        }
                    }
                    heard += server.takeInput()
                    answered += client.takeInput()
                }
            }
        }

        @Test(arguments: [1, 7, 1 << 20]) func bytesComeOutAsTheyWentInHoweverTheyAreCut(pieces: Int) throws {
            let pair = try Pair()
            #expect(pair.client.state == .handshaking && pair.server.state == .handshaking)
            pair.settle(pieces: pieces)
            #expect(pair.client.state == .open && pair.server.state == .open)
            #expect(pair.client.version == "TLSv1.3" && pair.server.version == nil)
            #expect(pair.client.peerCertificate?.first == 0x30)
            #expect(pair.server.peerCertificate == nil)
            pair.client.send("question".utf8)
            pair.server.send("answer".utf8)
            pair.settle(pieces: pieces)
            #expect(pair.heard == Array("question".utf8) && pair.answered == Array("answer".utf8))
        }

        @Test func muchGoesThroughInOnePiece() throws {
            let pair = try Pair()
            pair.settle()
            let much = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            pair.client.send(much)
            pair.server.send(much)
            pair.settle(pieces: 16 << 10)
            #expect(pair.heard == much && pair.answered == much)
        }

        @Test func whatIsSaidTooEarlyWaitsForTheHandshake() throws {
            let pair = try Pair()
            pair.client.send("early".utf8)
            pair.settle()
            #expect(pair.heard == Array("early".utf8))
        }

        @Test func nothingIsBelievedThatCannotBeVerified() throws {
            let stranger = try #require(try CanaryAuthority.mint())
            let cases: [(Pair, String)] = [
                (try Pair(trust: .authorities(Array(stranger.certificate.utf8))), "the certificate is not trusted"),
                (try Pair(host: "b.test"), "the certificate is for another name"),
                (try Pair(name: "expired.test"), "the certificate is not trusted"),
                (try Pair(name: "other-authority.test"), "the certificate is not trusted"),
                (try Pair(name: "other-name.test"), "the certificate is for another name"),
            ]
            for (pair, reason) in cases {
                pair.client.send("secret".utf8)
                pair.settle()
                #expect(pair.client.state == .failed(reason))
                #expect(pair.heard.isEmpty, "\(reason)")
            }
        }

        @Test(arguments: ["a.test", "expired.test", "other-authority.test", "other-name.test", nil])
        func whoBelievesEverybodyIsNotKept(name: String?) throws {
            let pair = try Pair(name: name, trust: .anybody)
            pair.settle()
            #expect(pair.client.state == .open && pair.server.state == .open)
            #expect(pair.client.peerCertificate != nil)
        }

        @Test func anEndThatIsAnnouncedIsTold() throws {
            let pair = try Pair()
            pair.settle()
            pair.server.send("all".utf8)
            pair.server.closeOutput()
            pair.settle()
            #expect(pair.answered == Array("all".utf8))
            #expect(pair.client.state == .ended(isClean: true))
            // Who is told so says the same.
            #expect(pair.server.state == .ended(isClean: true))
        }

        @Test func whoHalfClosedReadsOn() throws {
            let pair = try Pair()
            pair.settle()
            pair.server.closeOutput()
            pair.client.send("late".utf8)
            pair.settle()
            #expect(pair.heard == Array("late".utf8))
        }

        @Test func anEndThatIsNotAnnouncedIsACut() throws {
            let pair = try Pair()
            pair.settle()
            pair.client.receiveEnd()
            #expect(pair.client.state == .ended(isClean: false))
            let other = try Pair()
            other.client.receiveEnd()
            guard case .failed = other.client.state else {
                Issue.record("a handshake that broke off is \(other.client.state)")
                return
            }
        }

        @Test(arguments: [
            ("HTTP/1.1 400 Bad Request\r\n\r\n", "that is no TLS"), ("SSH-2.0-x\r\n", "that is no TLS"),
            ("\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}\u{28}", "the peer refused"),
        ])
        func aServerThatIsNoneIsNamed(answer: String, reason: String) throws {
            let pair = try Pair()
            pair.client.receive(answer.utf8)
            #expect(pair.client.state == .failed(reason))
            // Whatever comes later changes nothing.
            pair.client.receive("\u{16}\u{3}\u{3}".utf8)
            pair.client.receiveEnd()
            pair.client.send("x".utf8)
            pair.client.close()
            #expect(pair.client.state == .failed(reason))
            #expect(pair.client.takeInput().isEmpty)
        }

        @Test func aClientThatIsNoneFails() throws {
            let pair = try Pair()
            pair.server.receive(Array(repeating: 0xff, count: 100))
            guard case .failed = pair.server.state else {
                Issue.record("a server that was told nonsense is \(pair.server.state)")
                return
            }
        }

        /// At any moment, whatever was closed before.
        @Test(arguments: 0..<8) func anEndpointCanBeGivenUp(moment: Int) throws {
            weak var client: TLSEndpoint?
            weak var server: TLSEndpoint?
            do {
                let pair = try Pair()
                (client, server) = (pair.client, pair.server)
                if moment > 0 { pair.settle() }
                switch moment {
                case 2: pair.server.closeOutput()
                case 3:
                    pair.server.closeOutput()
                    pair.settle()
                case 4:
                    pair.client.close()
                    pair.server.closeOutput()
                    pair.settle()
                case 5:
                    pair.server.closeOutput()
                    pair.server.receiveEnd()
                case 6:
                    pair.server.receive([0x17, 3, 3, 0, 1, 1])
                    pair.server.closeOutput()
                case 7: pair.server.send(Array(repeating: 1, count: 1 << 20))
                default: break
                }
            }
            #expect(client == nil && server == nil)
        }

        @Test(arguments: ["", "nonsense", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"])
        func trustWithoutACertificateIsNone(text: String) {
            #expect(throws: (any Error).self) { try TLSTrust.authorities(Array(text.utf8)).context() }
        }

        @Test(arguments: ["127.0.0.1", "::1", ""]) func aNameThatTLSCannotCarryIsRefused(name: String) {
            #expect(throws: (any Error).self) {
                try TLSEndpoint(asClient: TLSTrust.anybody.context(), serverName: name)
            }
        }
    }
#endif
