// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import BottleTLS
    import ConformanceEngine
    import Testing

    @testable import ConformanceCanaries

    /// What `.http` canaries do in TLS.
    @Suite(.timeLimit(.minutes(1))) struct SecureServiceTests {
        private static func get(_ nonce: Nonce, _ host: String) -> String {
            "GET /\(nonce) HTTP/1.1\r\nHost: \(host)\r\nAuthorization: Bearer x\r\n\r\n"
        }

        private static func trust(_ field: NamespacesField) throws -> TLSTrust {
            .authorities(Array(try #require(field.authority).utf8))
        }

        @Test func thePageIsTheSameAsInPlainAndTheWitnessSaysForWhom() async throws {
            try await withField { field, session in
                let (nonce, host) = (Nonce.fresh(), session.allowedHost)
                for canary in session.canaries(at: .offHost, .http).prefix(2) {
                    let request = Self.get(nonce, host)
                    let outcome = try await SecureClient.ask(
                        canary, name: host, trust: Self.trust(field), request)
                    #expect(outcome.answer.hasPrefix("HTTP/1.1 200 OK\r\nX-Bottle-Canary: \(session.banner)\r\n"))
                    #expect(
                        outcome.answer.hasSuffix(
                            "\r\n\r\nBOTTLE-CANARY \(session.banner)\nauthorization: Bearer x\nhost: \(host)\npath: /\(nonce)\nbase64: QmVhcmVyIHg=\nhex: 4265617265722078\n"
                        ))
                    #expect(outcome.state == .ended(isClean: true))
                    let record = try #require(await field.witness().first { $0.canary == canary.id })
                    #expect(record.serverName == host)
                    #expect(record.bytes == Array(request.utf8))
                    #expect(record.nonces == [nonce.text])
                    #expect(record.peer == outcome.local)
                }
                #expect(await field.witness().count == 2, "one record for one connection")
            }
        }

        @Test func plainConversationsHaveNoName() async throws {
            try await withField { field, session in
                let (nonce, canary) = (Nonce.fresh(), try session.canary(.offHost, .http))
                let answer = try await TestClient.use(canary) { client in
                    try client.send("GET /\(nonce) HTTP/1.1\r\nHost: a\r\n\r\n")
                    return try await client.readText()
                }
                #expect(answer.hasSuffix("host: a\npath: /\(nonce)\n"))
                #expect(await field.witness().map(\.serverName) == [nil])
            }
        }

        @Test func whoNamesNobodyIsOnRecordAsThat() async throws {
            try await withField { field, session in
                let nonce = Nonce.fresh()
                let canary = try session.canary(.offHost, .http)
                let outcome = try await SecureClient.ask(canary, name: nil, Self.get(nonce, "a"))
                #expect(outcome.answer.contains("path: /\(nonce)\n"))
                #expect(await field.witness().map(\.serverName) == [""])
                #expect(await field.witness().map(\.nonces) == [[nonce.text]])
            }
        }

        @Test func anyNameIsServedInAnyCase() async throws {
            try await withField { field, session in
                let canary = try session.canary(.offHost, .http)
                for name in [session.deniedHost, session.allowedHost.uppercased(), "elsewhere.invalid"] {
                    let nonce = Nonce.fresh()
                    let outcome = try await SecureClient.ask(
                        canary, name: name, trust: Self.trust(field), Self.get(nonce, name))
                    #expect(outcome.answer.contains("path: /\(nonce)\n"), "\(name)")
                    #expect(await field.witness().last?.serverName?.lowercased() == name.lowercased())
                }
            }
        }

        /// More names than are kept.
        @Test func manyNamesAreServed() async throws {
            try await withField { field, session in
                let canary = try session.canary(.offHost, .http)
                for number in 0..<300 {
                    let state = try await SecureClient.use(canary, name: "h\(number).test", trust: Self.trust(field)) {
                        try $0.handshake()
                    }
                    #expect(state == .open, "\(number)")
                }
                let outcome = try await SecureClient.ask(
                    canary, name: "h0.test", trust: Self.trust(field), Self.get(.fresh(), "h0.test"))
                #expect(outcome.answer.contains(session.banner))
            }
        }

        @Test func noncesInANameAreFound() async throws {
            try await withField { field, session in
                let (named, asked) = (Nonce.fresh(), Nonce.fresh())
                let outcome = try await SecureClient.ask(
                    try session.canary(.offHost, .http), name: "\(named).test", Self.get(asked, "a"))
                #expect(outcome.answer.contains("path: /\(asked)\n"))
                #expect(await field.witness().map { Set($0.nonces) } == [[named.text, asked.text]])
            }
        }

        @Test func aHandshakeAloneIsOnRecord() async throws {
            try await withField { field, session in
                let canary = try session.canary(.offHost, .http)
                let state = try await SecureClient.use(canary, name: session.routedHost) { try $0.handshake() }
                #expect(state == .open)
                let record = try await eventually(field) { $0.canary == canary.id }
                #expect(record?.serverName == session.routedHost)
                #expect(record?.bytes == [] && record?.nonces == [])
            }
        }

        @Test func otherWordsThanARequestGetTheBanner() async throws {
            try await withField { field, session in
                let outcome = try await SecureClient.ask(
                    try session.canary(.offHost, .http), name: "a.test", "no request\r\n")
                #expect(outcome.answer == "BOTTLE-CANARY \(session.banner)\nECHO \(Hex.text("no request\r\n".utf8))\n")
                #expect(await field.witness().map(\.bytes) == [Array("no request\r\n".utf8)])
            }
        }

        @Test func theBodyBehindTheAnswerIsWitnessed() async throws {
            try await withField { field, session in
                let nonce = Nonce.fresh()
                let head = "POST / HTTP/1.1\r\nContent-Length: 32\r\n\r\n"
                try await SecureClient.use(try session.canary(.offHost, .http), name: "a.test") { secure in
                    try secure.handshake()
                    try secure.say(head)
                    // The answer's end is the end of what the canary says; the client does not know it yet, and goes on.
                    try secure.drain()
                    try secure.say(nonce.text)
                    try secure.endSaying()
                }
                let record = try await eventually(field) { $0.nonces == [nonce.text] }
                #expect(record?.bytes == Array("\(head)\(nonce)".utf8))
                #expect(await field.witness().count == 1)
            }
        }

        @Test func aRequestInPiecesIsOneRequest() async throws {
            try await withField { field, session in
                let nonce = Nonce.fresh()
                let answer = try await SecureClient.use(try session.canary(.offHost, .http), name: "a.test") { secure in
                    try secure.handshake()
                    for byte in Self.get(nonce, "a") { try secure.say(String(byte)) }
                    return try secure.readText()
                }
                #expect(answer.contains("path: /\(nonce)\n"))
                #expect(await field.witness().map(\.nonces) == [[nonce.text]])
            }
        }

        @Test(arguments: [
            ("expired", "the certificate is not trusted"), ("other-authority", "the certificate is not trusted"),
            ("other-name", "the certificate is for another name"),
        ])
        func aBadHostShowsABadCertificate(kind: String, reason: String) async throws {
            try await withField { field, session in
                let canary = try session.canary(.offHost, .http)
                let host = try #require(session.badHosts[kind])
                #expect(host.hasPrefix("\(kind).") && host.hasSuffix(session.zone))
                let nonce = Nonce.fresh()
                let wary = try await SecureClient.ask(
                    canary, name: host, trust: Self.trust(field), Self.get(nonce, host))
                #expect(wary.state == .failed(reason))
                #expect(wary.answer == "")
                // That somebody came for it is on record all the same.
                let record = try await eventually(field) { $0.serverName == host }
                #expect(record?.bytes == [] && record?.nonces == [])
                let trusting = try await SecureClient.ask(canary, name: host, Self.get(nonce, host))
                #expect(trusting.answer.contains("path: /\(nonce)\n"))
            }
        }

        @Test func theFieldKnowsAHostForEachFlaw() async throws {
            try await withField { field, session in
                #expect(session.badHosts.keys.sorted() == ["expired", "other-authority", "other-name"])
                #expect(session.lookalikeHost.hasSuffix(session.routedHost))
                #expect(session.lookalikeHost != session.routedHost)
                let authority = try #require(field.authority)
                #expect(authority.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
                #expect(!authority.contains("PRIVATE KEY"))
                let other = try await NamespacesField.start(over: OrdinaryHost(), geography: .loopback())
                #expect(other.authority != field.authority, "an authority of each run's own")
                await other.close()
            }
        }

        @Test func otherServicesSpeakNoTLS() async throws {
            try await withField { field, session in
                let canary = try session.canary(.hostLoopback, .banner)
                let state = try await SecureClient.use(canary, name: "a.test") { try $0.handshake() }
                #expect(state == .failed("that is no TLS"))
                let record = try await eventually(field) { !$0.bytes.isEmpty }
                #expect(record?.serverName == nil)
                #expect(record?.bytes.first == 22, "what arrived is on record as it came")
            }
        }
    }
#endif
