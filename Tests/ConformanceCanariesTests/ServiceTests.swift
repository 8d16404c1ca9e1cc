// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

@testable import ConformanceCanaries

@Suite(.timeLimit(.minutes(1))) struct ServiceTests {
    @Test func bannerGreetsAndEchoes() async throws {
        try await withField { field, session in
            let nonce = Nonce.fresh()
            let canary = try session.canary(.hostLoopback, .banner)
            let (answer, local) = try await TestClient.use(canary) { client in
                try client.send("hello \(nonce)\n")
                return (try await client.readText(), client.local)
            }
            #expect(answer == "BOTTLE-CANARY \(session.banner)\nECHO \(Hex.text("hello \(nonce)\n".utf8))\n")
            let record = try #require(await field.witness().first)
            #expect(record.canary == canary.id)
            #expect(record.peer == local)
            #expect(record.nonces == [nonce.text])
            #expect(record.bytes == Array("hello \(nonce)\n".utf8))
            #expect(record.time > 0)
        }
    }

    #if os(Linux)
        @Test(arguments: [Place.hostAbstract, .machineAbstract]) func abstractNamesAnswer(place: Place) async throws {
            try await withField { field, session in
                let nonce = Nonce.fresh()
                let canary = try session.canary(place, .banner)
                let answer = try await TestClient.use(canary) { client in
                    try client.send("hello \(nonce)\n")
                    return try await client.readText()
                }
                #expect(answer.hasPrefix("BOTTLE-CANARY \(session.banner)\n"))
                let record = try #require(await field.witness().first)
                #expect(record.canary == canary.id)
                #expect(record.nonces == [nonce.text])
                for moment in [ControlRecord.Moment.before, .after] {
                    let control = await field.control(session, moment: moment).first { $0.canary == canary.id }
                    #expect(control?.answered == true && control?.routeIsOurs == true, "\(control?.detail ?? "none")")
                }
                #expect(await field.fence(session).contains(canary.id) == false)
            }
        }
    #endif

    @Test func bannerGreetsWhoOnlyReads() async throws {
        try await withField { field, session in
            let canary = try session.canary(.machineLoopback, .banner)
            let greeting = Array("BOTTLE-CANARY \(session.banner)\n".utf8)
            let seen = try await TestClient.use(canary) { client in
                try await client.read { $0.count >= greeting.count }
            }
            #expect(seen == greeting)
            let record = try await eventually(field) { $0.canary == canary.id }
            #expect(record?.nonces == [])
            #expect(record?.bytes == [])
        }
    }

    @Test func echoAnswersDatagrams() async throws {
        try await withField { field, session in
            let nonce = Nonce.fresh()
            let canary = try session.canary(.offHost, .echo)
            let answer = try await TestClient.use(canary) { client in
                try client.send(nonce.text + String(repeating: "-", count: 100))
                return try await client.readDatagram()
            }
            let first = Hex.text((nonce.text + String(repeating: "-", count: 32)).utf8)
            #expect(String(decoding: answer, as: UTF8.self) == "BOTTLE-CANARY \(session.banner) \(first)")
            #expect(await field.witness().map(\.nonces) == [[nonce.text]])
        }
    }

    @Test func echoRecordsAnEmptyDatagram() async throws {
        try await withField { field, session in
            let canary = try session.canary(.gateway, .echo)
            try await TestClient.use(canary) { client in
                try client.send("")
                #expect(try await client.readDatagram() == Array("BOTTLE-CANARY \(session.banner) ".utf8))
            }
            #expect(await field.witness().map(\.canary) == [canary.id])
        }
    }

    @Test func httpTellsWhatItSaw() async throws {
        try await withField { field, session in
            let nonce = Nonce.fresh()
            let canary = try #require(session.canaries(at: .offHost, .http).first { $0.port == 15080 })
            let answer = try await TestClient.use(canary) { client in
                try client.send("GET /\(nonce) HTTP/1.1\r\nHost: \(session.routedHost)\r\nauthorization: Bearer a\r\n")
                #expect(await client.isSilent(for: .milliseconds(350)), "the head is not complete")
                try client.send("AUTHORIZATION:  Basic b \r\n\r\n")
                return try await client.readText()
            }
            let parts = answer.components(separatedBy: "\r\n\r\n")
            let body = try #require(parts.last)
            #expect(parts.count == 2)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nX-Bottle-Canary: \(session.banner)\r\n"))
            #expect(answer.contains("Content-Length: \(body.utf8.count)\r\nConnection: close"))
            #expect(
                body == """
                    BOTTLE-CANARY \(session.banner)
                    authorization: Bearer a|Basic b
                    host: \(session.routedHost)
                    path: /\(nonce)
                    base64: QmVhcmVyIGF8QmFzaWMgYg==
                    hex: \(Hex.text("Bearer a|Basic b".utf8))

                    """)
            #expect(parts[0].contains("\r\nX-Bottle-Authorization: Bearer a|Basic b\r\n"))
            #expect(await field.witness().map(\.nonces) == [[nonce.text]])
        }
    }

    @Test(arguments: [
        ("/redirect/307/denied.test:81/deep/er?x=1", "307 Elsewhere", "http://denied.test:81/deep/er?x=1"),
        ("/error/what", "500 Internal Server Error", ""), ("/redirect/200/h/x", "200 OK", ""),
        ("/redirect/302/h", "200 OK", ""),
    ]) func pathsSayWhatTheAnswerIs(path: String, status: String, location: String) async throws {
        try await withField { _, session in
            let answer = try await TestClient.use(try session.canary(.offHost, .http)) { client in
                try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                return try await client.readText()
            }
            #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"))
            #expect(answer.contains("\r\nLocation: \(location)\r\n") == !location.isEmpty)
            #expect(answer.hasSuffix("path: \(path)\n"))
        }
    }

    @Test func httpSaysWhenThereIsNoAuthorization() async throws {
        try await withField { _, session in
            let answer = try await TestClient.use(try session.canary(.offHost, .http)) { client in
                try client.send("POST http://a/b HTTP/1.0\n\n")
                return try await client.readText()
            }
            #expect(answer.hasSuffix("authorization: none\nhost: \npath: http://a/b\n"))
        }
    }

    @Test(arguments: [
        "deadbeef", "SSH-2.0-x\r\n", "\u{16}\u{3}\u{1}", "GET \n", "GET / HTTP/2.0\r\n\r\n", "NOLINEEND x", "\n",
        "AVERYLONGWORDTHATISNOMETHOD",
    ])
    func httpFallsBackToTheBanner(_ words: String) async throws {
        try await withField { _, session in
            let answer = try await TestClient.use(try session.canary(.offHost, .http)) { client in
                try client.send(words)
                return try await client.readText()
            }
            #expect(answer == "BOTTLE-CANARY \(session.banner)\nECHO \(Hex.text(words.utf8))\n")
        }
    }

    @Test func httpSeesTheBodyBehindTheHead() async throws {
        try await withField { field, session in
            let nonce = Nonce.fresh()
            try await TestClient.use(try session.canary(.offHost, .http)) { client in
                try client.send("POST / HTTP/1.1\r\nContent-Length: 32\r\n\r\n")
                _ = try await client.read { $0.count > 40 }
                try client.send(nonce.text)
            }
            #expect(try await eventually(field) { $0.nonces == [nonce.text] } != nil)
            #expect(await field.witness().count == 1, "one record for one connection")
        }
    }

    @Test(arguments: [Canary.Service.dnsUDP, .dnsTCP], [Place.nameServer, .hostResolver])
    func dnsAnswersForTheZone(_ service: Canary.Service, _ place: Place) async throws {
        try await withField { field, session in
            let canary = try session.canary(place, service)
            let cases: [(String, UInt16, DNSMessage.Code, String?)] = [
                (session.allowedHost, 1, .noError, field.geography.offHost[.bottle]),
                (session.deniedHost.uppercased(), 1, .noError, field.geography.offHost[.bottle]),
                (session.routedHost, 255, .noError, field.geography.offHost[.bottle]),
                (session.loopbackHost, 1, .noError, "127.0.0.1"),
                (session.bundleHost, 28, .noError, nil),
                ("bottle.\(session.zone)", 1, .noError, nil),
                (session.zone, 1, .noError, nil),
                ("no.\(session.allowedHost)", 1, .nameError, nil),
                ("elsewhere.invalid", 16, .nameError, nil),
                ("", 2, .nameError, nil),
            ]
            for (name, type, code, address) in cases {
                let answer = try await ask(canary, name, type, id: 0xbeef)
                #expect(answer.id == 0xbeef)
                #expect(answer.isResponse && answer.isAuthoritative && answer.recursionDesired)
                #expect(answer.code == code, "\(name) \(type)")
                #expect(answer.questions.first?.name == name.lowercased())
                let labels = name.split(separator: ".").map { Array($0.utf8) }
                #expect(answer.questions.first?.labels == labels, "the case of the question comes back")
                #expect(answer.answers.map(\.data) == address.map { [SocketAddress($0, port: 0)?.bytes ?? []] } ?? [])
                #expect(answer.answers.allSatisfy { $0.timeToLive == 0 && $0.type == 1 && $0.labels == labels })
            }
        }
    }

    @Test(arguments: [Canary.Service.dnsUDP, .dnsTCP])
    func dnsRecordsTheNameInAnyCase(_ service: Canary.Service) async throws {
        try await withField { field, session in
            let nonce = Nonce.fresh()
            let canary = try session.canary(.nameServer, service)
            let answer = try await ask(canary, "\(nonce.text.uppercased()).x.\(session.zone)", 1, id: 7)
            #expect(answer.code == .nameError)
            #expect(await field.witness().map(\.nonces) == [[nonce.text]])
        }
    }

    @Test func dnsAnswersPipelinedQueries() async throws {
        try await withField { field, session in
            let nonces = [Nonce.fresh(), .fresh(), .fresh()]
            let canary = try session.canary(.nameServer, .dnsTCP)
            let queries = nonces.enumerated().flatMap { index, nonce in
                DNSQuery.tcpBytes(name: "\(nonce).\(session.zone)", type: 1, id: UInt16(index))
            }
            try await TestClient.use(canary) { client in
                for part in stride(from: 0, to: queries.count, by: 7) {
                    try client.send(Array(queries[part..<min(part + 7, queries.count)]))
                }
                client.endWriting()
                let answers = try await client.read()
                #expect(answers.count == queries.count)
            }
            #expect(await field.witness().map(\.nonces) == [nonces.map(\.text)])
        }
    }

    private func ask(_ canary: Canary, _ name: String, _ type: UInt16, id: UInt16) async throws -> DNSMessage {
        let bytes = try await TestClient.use(canary) { client in
            if canary.service == .dnsUDP {
                try client.send(DNSQuery.bytes(name: name, type: type, id: id))
                return try await client.readDatagram()
            }
            try client.send(DNSQuery.tcpBytes(name: name, type: type, id: id))
            client.endWriting()
            return Array(try await client.read().dropFirst(2))
        }
        return try #require(DNSMessage(parsing: bytes))
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
