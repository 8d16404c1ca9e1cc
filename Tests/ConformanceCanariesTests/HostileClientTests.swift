// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

@testable import ConformanceCanaries

@Suite(.timeLimit(.minutes(1))) struct HostileClientTests {
    @Test func silentClientIsCutOffAndRecorded() async throws {
        try await withField { field, session in
            for service in [Canary.Service.banner, .http] {
                let canary = try session.canary(service == .http ? .offHost : .hostLoopback, service)
                let began = ContinuousClock.now
                let (local, answer) = try await TestClient.use(canary) { client in
                    (client.local, try await client.readText())
                }
                #expect(ContinuousClock.now - began > .milliseconds(2900))
                #expect(answer == (service == .http ? "" : "BOTTLE-CANARY \(session.banner)\n"))
                let record = try await eventually(field) { $0.canary == canary.id }
                #expect(record?.peer == local)
                #expect(record?.nonces == [] && record?.bytes == [])
            }
        }
    }

    @Test func slowClientsHoldUpNobody() async throws {
        try await withField { field, session in
            let canary = try session.canary(.offHost, .http)
            let nonce = Nonce.fresh()
            try await TestClient.use(canary) { slow in
                try slow.send("GET /")
                for byte in nonce.text.utf8 {
                    try slow.send([byte])
                    let controls = await field.control(session, moment: .before)
                    #expect(controls.filter { !$0.answered } == [])
                }
                try slow.send(" HTTP/1.1\r\n\r\n")
            }
            let whole = Array("GET /\(nonce) HTTP/1.1\r\n\r\n".utf8)
            #expect(try await eventually(field) { $0.bytes == whole }?.nonces == [nonce.text])
        }
    }

    @Test func nonceInPiecesIsOneNonce() async throws {
        try await withField { field, session in
            let nonce = Nonce.fresh()
            try await TestClient.use(try session.canary(.hostLoopback, .banner)) { client in
                try client.send("x" + nonce.text.prefix(10))
                _ = try await client.read { $0.contains(UInt8(ascii: "E")) && $0.count > 60 }
                try client.send(String(nonce.text.dropFirst(10)))
                client.endWriting()
                _ = try await client.read()
            }
            #expect(try await eventually(field) { $0.nonces == [nonce.text] } != nil)
            #expect(await field.witness().count == 1)
        }
    }

    @Test func resetDoesNotTakeTheRecordAlong() async throws {
        try await withField { field, session in
            let canary = try session.canary(.gateway, .banner)
            let silent = try await TestClient.use(canary) { client in
                client.resetOnClose()
                return client.local
            }
            // Many, since the reset must meet the canary's greeting at different moments.
            let nonces = (0..<200).map { _ in Nonce.fresh() }
            for nonce in nonces {
                try await TestClient.use(canary) { client in
                    try client.send(nonce.text)
                    client.resetOnClose()
                }
            }
            #expect(await field.fence(session) == [])
            let records = await field.witness()
            #expect(records.contains { $0.peer == silent && $0.bytes.isEmpty })
            #expect(Set(records.flatMap(\.nonces)) == Set(nonces.map(\.text)))
        }
    }

    @Test(arguments: [Canary.Service.dnsUDP, .dnsTCP])
    func brokenMessagesDoNotStopTheNameServer(_ service: Canary.Service) async throws {
        try await withField { field, session in
            let canary = try session.canary(.nameServer, service)
            for (name, bytes) in DNSMessageTests.broken {
                try await TestClient.use(canary) { client in
                    try client.send(service == .dnsTCP ? DNSMessage.framed(bytes) : bytes)
                    let enough = service == .dnsTCP ? 14 : 12
                    #expect(try await client.read { $0.count >= enough }.count == enough, "\(name)")
                }
            }
            // Half a frame, an empty one, and one that promises more than ever comes.
            for bytes: [UInt8] in [[0], [0, 0], [0xff, 0xff, 1, 2, 3]] where service == .dnsTCP {
                try await TestClient.use(canary) { client in
                    try client.send(bytes)
                    client.endWriting()
                    #expect(try await client.read() == [])
                }
            }
            #expect(await field.control(session, moment: .after).filter { !$0.answered } == [])
        }
    }

    @Test func nonceInABrokenMessageIsSeenAnyhow() async throws {
        try await withField { field, session in
            let nonce = Nonce.fresh()
            try await TestClient.use(try session.canary(.hostResolver, .dnsUDP)) { client in
                try client.send("\(nonce) is no DNS message")
            }
            #expect(try await eventually(field) { $0.nonces == [nonce.text] } != nil)
        }
    }

    @Test func tooMuchFromOneClientIsCut() async throws {
        try await withField { field, session in
            let canary = try session.canary(.hostLoopback, .banner)
            try await TestClient.use(canary) { client in
                var sent = 0
                do {
                    // Until the canary has closed: it reads no more than its cap.
                    while sent < 64 << 20 {
                        let part = [UInt8](repeating: 0x2e, count: 32 << 10)
                        let count = try SocketCalls.send(client.descriptor, part[...])
                        if count == 0 { try await Task.sleep(for: .milliseconds(1)) }
                        sent += count
                    }
                } catch {}
                #expect(sent < 64 << 20)
            }
            let record = try await eventually(field) { $0.canary == canary.id }
            #expect(record?.bytes == [UInt8](repeating: 0x2e, count: 4096))
        }
    }

    @Test func thousandConnectionsAreAllRecorded() async throws {
        try await withField { field, session in
            let canary = try session.canary(.offHost, .http)
            let address = try #require(SocketAddress(canary.address, port: canary.port))
            var descriptors: [Int32] = []
            defer { for descriptor in descriptors { SocketCalls.close(descriptor) } }
            for index in 0..<1000 {
                // Few descriptors are held at once, so that the test runs under the usual limit.
                if descriptors.count == 100 {
                    for descriptor in descriptors { SocketCalls.close(descriptor) }
                    descriptors = []
                }
                let descriptor = try SocketCalls.open(.ipv4, stream: true)
                descriptors.append(descriptor)
                if index.isMultiple(of: 2) { try SocketCalls.makeNonblocking(descriptor) }
                _ = SocketCalls.startConnect(descriptor, to: address)
            }
            #expect(await field.control(session, moment: .after).filter { !$0.answered } == [])
            #expect(await field.fence(session) == [])
            #expect(await field.witness().filter { $0.canary == canary.id }.count == 1000)
        }
    }

    @Test(.enabled(if: OpenFiles.limit >= 4096, "needs 4096 open files: ulimit -n"))
    func oldestOfTooManyConnectionsGoes() async throws {
        try await withField { field, session in
            let canary = try session.canary(.hostLoopback, .banner)
            let address = try #require(SocketAddress(canary.address, port: canary.port))
            try await TestClient.use(canary) { oldest in
                var descriptors: [Int32] = []
                defer { for descriptor in descriptors { SocketCalls.close(descriptor) } }
                for _ in 0..<ServingLoop.connectionLimit {
                    let descriptor = try SocketCalls.open(.ipv4, stream: true)
                    descriptors.append(descriptor)
                    _ = SocketCalls.startConnect(descriptor, to: address)
                }
                let began = ContinuousClock.now
                #expect(try await oldest.readText() == "BOTTLE-CANARY \(session.banner)\n")
                #expect(ContinuousClock.now - began < .seconds(2), "closed early, not by its deadline")
                #expect(await field.control(session, moment: .after).filter { !$0.answered } == [])
            }
        }
    }

    @Test func floodIsNeverForgottenSilently() async throws {
        try await withField { field, session in
            let canary = try session.canary(.hostLoopback, .echo)
            try await TestClient.use(canary) { client in
                for _ in 0..<Ledger.recordLimit + 10 {
                    try client.send("flood")
                    _ = try await client.readDatagram()
                }
            }
            #expect(await field.fence(session) == [canary.id])
            #expect(await field.witness().count == Ledger.recordLimit)
        }
    }
}
