// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import BottleSidecars

/// The test origin and the load, against each other and through pipelock.
@Suite(.timeLimit(.minutes(2))) struct OriginTests {
    /// An origin, and where it listens.
    private func withOrigin(
        _ secure: (@Sendable (any Channel) throws -> Void)? = nil,
        _ body: @escaping @Sendable (UInt16, TestLog) async throws -> Void
    ) async throws {
        let log = try TestLog()
        defer { log.close() }
        var made = OriginServer.Settings(listen: HostPort(host: .literal(.loopback), port: 0))
        made.secure = secure
        let server = OriginServer(settings: made, group: MultiThreadedEventLoopGroup.singleton, log: log.sink)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let port = try await TestWorld.started(&tasks) { ready in try await server.run(ready: ready) }
            try await body(port, log)
            tasks.cancelAll()
        }
    }

    private func plan(_ port: UInt16, _ change: (inout LoadPlan) -> Void = { _ in }) throws -> LoadPlan {
        var plan = LoadPlan(
            address: HostPort(host: .literal(.loopback), port: port),
            target: try #require(HostPort(authority: "allowed.test:\(port)", defaultPort: nil)))
        plan.isPlain = true
        plan.connections = 4
        plan.duration = .milliseconds(300)
        change(&plan)
        return plan
    }

    private func load(_ plan: LoadPlan, _ secure: LoadClient.Secure? = nil) async -> LoadResult {
        await LoadClient(plan: plan, group: MultiThreadedEventLoopGroup.singleton, secure: secure).run()
    }

    @Test func anOriginSaysWhatItWasAsked() async throws {
        let nonce = "0123456789abcdef0123456789abcdef"
        try await TestWorld.run { world async throws in
            try await withOrigin { port, log in
                let answer = try await world.send(
                    "POST /a?\(nonce) HTTP/1.1\r\nHost: x\r\nB: c\r\nb: \"d\"\r\nContent-Length: 3\r\n\r\nabc"
                        + "GET /bytes/5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", to: port)
                let said = try #require(answer.body.split(separator: "\n").first)
                let object = try #require(
                    try JSONSerialization.jsonObject(with: Data(said.utf8)) as? [String: Any])
                #expect(object["method"] as? String == "POST" && object["body_bytes"] as? Int == 3)
                #expect(
                    object["fields"] as? [[String]] == [
                        ["Host", "x"], ["B", "c"], ["b", "\"d\""], ["Content-Length", "3"],
                    ])
                #expect(answer.hasSuffix("\r\n\r\nbbbbb") && answer.contains("X-Bottle-Origin"))
                #expect(log.records.filter { $0["event"] == "request" }.map { $0["nonce"] } == [nonce, nil])
            }
        }
    }

    @Test(arguments: LoadPlan.Mode.allCases) func aLoadIsCountedAsTheOriginSeesIt(mode: LoadPlan.Mode) async throws {
        try await withOrigin { port, log in
            let result = await load(try plan(port) { $0.mode = mode })
            #expect(result.failures == 0, "\(result.firstFailure ?? "")")
            #expect(result.requests > 3 && result.microseconds.count == result.requests)
            #expect(result.bytes == 1024 * result.requests)
            let seen = log.records.filter { $0["event"] == "request" }
            #expect(seen.count == result.requests)
            let clients = Set(seen.map { $0["client"] }).count
            #expect(mode == .requests ? clients == 4 : clients == result.requests, "\(clients)")
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(result.json.utf8)) as? [String: Any])
            #expect(json["requests"] as? Int == result.requests && json["p50_us"] is Int)
        }
    }

    @Test func aLoadThatFailsSaysWhy() async throws {
        let port = try await TestWorld.freePort()
        let result = await load(try plan(port))
        #expect(result.requests == 0 && result.failures > 0 && result.firstFailure != nil)
        #expect(result.json.contains("\"p50_us\":null"))
    }

    /// Through an opened tunnel, and what a certificate that is not good comes to.
    @Test(arguments: OriginCertificate.allCases)
    func aLoadGoesThroughAnOpenedTunnel(certificate: OriginCertificate) async throws {
        try await TestTLSWorld.run {
            $0.certificate = certificate
        } _: { tls async throws in
            let load = try plan(tls.world.pipelock) {
                $0.isPlain = false
                $0.isProxy = true
                $0.path = "/"
                $0.target = HostPort(host: .name("allowed.test"), port: tls.origin.port)
            }
            let guest = tls.guest
            let result = await self.load(load) { connection, host, timeouts throws(HTTPFailure) in
                do {
                    try await connection.secure(asClient: guest, of: host, timeouts: timeouts)
                } catch {
                    throw HTTPFailure(0, "\(error)")
                }
            }
            if certificate == .good {
                #expect(result.failures == 0 && result.requests > 3, "\(result.firstFailure ?? "")")
            } else {
                #expect(result.requests == 0 && result.firstFailure == "a request got 502", "\(result.json)")
            }
        }
    }
}
