// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import BottleTLS
    import ConformanceEngine
    import Testing

    @testable import ConformanceCanaries

    /// Clients of TLS that break off, lie or flood: the one thread that serves all canaries outlives them, and what they sent
    /// is on record.
    @Suite(.timeLimit(.minutes(1))) struct HostileSecureClientTests {
        /// The first message of a client.
        private static func hello(_ name: String?) throws -> [UInt8] {
            try TLSEndpoint(asClient: TLSTrust.anybody.context(), serverName: name).takeOutput()
        }

        /// Whether everybody is still served.
        private func expectAlive(_ field: NamespacesField, _ session: SessionField) async throws {
            #expect(await field.control(session, moment: .after).filter { !$0.answered } == [])
            let nonce = Nonce.fresh()
            let outcome = try await SecureClient.ask(
                try session.canary(.offHost, .http), name: "alive.test", "GET /\(nonce) HTTP/1.1\r\n\r\n")
            #expect(outcome.answer.contains("path: /\(nonce)\n"))
        }

        @Test func whoStopsInTheMiddleOfItsFirstMessageIsAnsweredAsBefore() async throws {
            try await withField { field, session in
                let canary = try session.canary(.offHost, .http)
                let nonce = Nonce.fresh()
                let hello = try Self.hello("\(nonce).test")
                let place = try #require(hello.firstRange(of: Array(nonce.text.utf8)))
                // Behind the name, and before the end.
                let part = Array(hello[..<place.upperBound])
                let answer = try await TestClient.use(canary) { client in
                    try client.send(part)
                    client.endWriting()
                    return try await client.readText()
                }
                #expect(answer == "BOTTLE-CANARY \(session.banner)\nECHO \(Hex.text(part.prefix(64)))\n")
                let record = try #require(await field.witness().first)
                #expect(record.bytes == part && record.nonces == [nonce.text] && record.serverName == nil)
                try await expectAlive(field, session)
            }
        }

        /// Neither an end nor a word more: by its deadline, or by a reset, what came is on record.
        @Test(arguments: [false, true]) func whoStopsAndStaysIsWitnessed(resets: Bool) async throws {
            try await withField { field, session in
                let nonce = Nonce.fresh()
                let hello = try Self.hello("\(nonce).test")
                try await TestClient.use(try session.canary(.offHost, .http)) { client in
                    try client.send(Array(hello.dropLast()))
                    if resets { return client.resetOnClose() }
                    _ = try await client.read()
                }
                #expect(try await eventually(field) { $0.nonces == [nonce.text] } != nil)
                try await expectAlive(field, session)
            }
        }

        @Test func bytesThatBeginLikeTLSAreOnRecord() async throws {
            try await withField { field, session in
                let canary = try session.canary(.offHost, .http)
                for rest in ["", "\u{3}", "\u{3}\u{1}\u{0}", "\u{3}\u{1}\u{2}\u{0}\u{1}", "\u{2}no TLS at all"] {
                    let nonce = Nonce.fresh()
                    try await TestClient.use(canary) { client in
                        try client.send("\u{16}\(rest)\(nonce)")
                        client.endWriting()
                        #expect(try await client.readText().contains(session.banner), "\(rest.debugDescription)")
                    }
                    let record = try await eventually(field) { $0.nonces == [nonce.text] }
                    #expect(record?.bytes == Array("\u{16}\(rest)\(nonce)".utf8))
                    #expect(record?.serverName == nil)
                }
                try await expectAlive(field, session)
            }
        }

        @Test func aWholeMessageWithRubbishBehindItEndsTheConversationOnly() async throws {
            try await withField { field, session in
                let canary = try session.canary(.offHost, .http)
                for rubbish: [UInt8] in [
                    [0], Array(repeating: 0xff, count: 1000), Array("GET / HTTP/1.1\r\n\r\n".utf8),
                ] {
                    let name = "n\(rubbish.count).test"
                    try await TestClient.use(canary) { client in
                        try client.send(try Self.hello(name) + rubbish)
                        client.endWriting()
                        _ = try await client.read()
                    }
                    let record = try await eventually(field) { $0.serverName == name }
                    #expect(record?.bytes == [], "what nobody understood means nothing")
                }
                try await expectAlive(field, session)
            }
        }

        /// At every step of a handshake, by an end and by a reset: an endpoint that is given up must not hold its thread.
        @Test(arguments: [false, true]) func whoLeavesAtAnyMomentHoldsUpNobody(resets: Bool) async throws {
            try await withField { field, session in
                let canary = try session.canary(.offHost, .http)
                for moment in 0..<5 {
                    try await SecureClient.use(canary, name: "m\(moment).test") { secure in
                        if resets { secure.resetOnClose() }
                        switch moment {
                        case 0: try secure.send(secure.endpoint.takeOutput())
                        case 1: try secure.handshake()
                        case 2:
                            try secure.handshake()
                            try secure.say("GET / HTTP/1.1\r\n\r\n")
                        case 3:
                            try secure.handshake()
                            try secure.endSaying()
                        default:
                            try secure.handshake()
                            try secure.say("GET / HTTP/1.1\r\n\r\n")
                            _ = try secure.readText { $0.contains("path: /") }
                            // Broken TLS behind a whole conversation.
                            try secure.send([0x17, 3, 3, 0, 4, 1, 2, 3, 4])
                        }
                    }
                }
                for moment in 0..<5 {
                    #expect(try await eventually(field) { $0.serverName == "m\(moment).test" } != nil, "\(moment)")
                }
                try await expectAlive(field, session)
            }
        }

        @Test func manyAtOnceAreAllServed() async throws {
            try await withField { field, session in
                let canary = try session.canary(.offHost, .http)
                let nonces = (0..<60).map { _ in Nonce.fresh() }
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for (index, nonce) in nonces.enumerated() {
                        tasks.addTask {
                            let outcome = try await SecureClient.ask(
                                canary, name: "h\(index % 7).test", "GET /\(nonce) HTTP/1.1\r\n\r\n")
                            #expect(outcome.answer.contains("path: /\(nonce)\n"))
                        }
                    }
                    try await tasks.waitForAll()
                }
                let seen = await field.witness().filter { $0.serverName != nil }
                #expect(Set(seen.flatMap(\.nonces)) == Set(nonces.map(\.text)))
                #expect(seen.count == nonces.count)
            }
        }

        @Test func whoFloodsInTLSIsCutOff() async throws {
            try await withField { field, session in
                let canary = try session.canary(.offHost, .http)
                let nonce = Nonce.fresh()
                let taken = try await SecureClient.use(canary, name: "flood.test") { secure in
                    try secure.handshake()
                    try secure.say("POST /\(nonce) HTTP/1.1\r\n\r\n")
                    return secure.flood()
                }
                #expect(taken < 4 << 20)
                let record = try #require(try await eventually(field) { $0.nonces == [nonce.text] })
                #expect(record.bytes.count <= 4096)
                try await expectAlive(field, session)
            }
        }

        @Test func aClosedFieldEndsConversationsInTLS() async throws {
            let field = try await NamespacesField.start(over: OrdinaryHost(), geography: .loopback())
            let session = try await field.open(session: .bottle, slug: "x")
            let canary = try session.canary(.offHost, .http)
            async let conversation = SecureClient.use(canary, name: "a.test") { secure in
                try secure.handshake()
                try secure.say("no end of a line")
                return try secure.readText()
            }
            #expect(try await eventually(field) { !$0.bytes.isEmpty } != nil)
            await field.close()
            // Cut off with whatever it had been told by then.
            #expect(
                try await ["", "BOTTLE-CANARY \(session.banner)\nECHO \(Hex.text("no end of a line".utf8))\n"].contains(
                    conversation))
            #expect(await field.control(session, moment: .after).allSatisfy { !$0.answered })
        }
    }
#endif
