// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleSidecars

/// What comes back for a request that egress put a token on.
@Suite(.timeLimit(.minutes(2))) struct RedactionTests {
    @Test(arguments: ["/echo", "/echo-chunked", "/echo-close"]) func theTokenDoesNotComeBack(path: String) async throws
    {
        try await TestWorld.run { world async throws in
            let answer = try await world.get("routed.test", path: path)
            #expect(answer.status == 200 && !answer.contains("real-token"))
            // Without what parts one chunk from the next.
            let whole = answer.replacing(/\r\n[0-9a-f]+\r\n/, with: "")
            #expect(whole.contains("Bearer **********, the end"), "\(answer)")
            let head = try #require(world.origin.requests.first).head.lowercased()
            #expect(head.contains("authorization: bearer real-token"))
        }
    }

    @Test func whatIsNotRoutedComesBackAsItIs() async throws {
        try await TestWorld.run { world async throws in
            let own = "Authorization: Bearer real-token\r\nAccept-Encoding: gzip\r\n"
            let answer = try await world.get("allowed.test", path: "/echo", fields: own)
            #expect(answer.contains("Bearer real-token"))
            #expect(try #require(world.origin.requests.first).head.contains("Accept-Encoding: gzip"))
        }
    }

    @Test func noCodingIsAskedForAndNoneIsTaken() async throws {
        try await TestWorld.run { world async throws in
            let fields = "Accept-Encoding: gzip\r\naccept-encoding: br\r\n"
            #expect(try await world.get("routed.test", path: "/echo", fields: fields).status == 200)
            let lines = try #require(world.origin.requests.first).head.lowercased().split(separator: "\r\n")
            #expect(lines.filter { $0.hasPrefix("accept-encoding") } == ["accept-encoding: identity"])
            let answer = try await world.get("routed.test", path: "/encoded")
            #expect(answer.status == 502 && answer.contains("cannot be looked through"))
        }
    }

    @Test(arguments: ["TRACE", "trace", "TRACK"]) func aMethodThatRepeatsIsRefused(method: String) async throws {
        try await TestWorld.run { world async throws in
            let authority = "routed.test:\(world.origin.port)"
            let answer = try await world.send(
                "\(method) http://\(authority)/echo HTTP/1.1\r\nHost: \(authority)\r\n\r\n")
            #expect(answer.status == 405 && answer.contains("X-Egress-Service"))
            #expect(world.origin.requests.isEmpty)
        }
    }

    @Test func theFaultLetsItBack() async throws {
        try await TestWorld.run {
            $0.faults = [.noredact]
        } _: { world async throws in
            #expect(try await world.get("routed.test", path: "/echo").contains("Bearer real-token"))
        }
    }

    @Test func norInATunnel() async throws {
        try await TestTLSWorld.run {
            $0.isRouted = true
        } _: { test async throws in
            let outcome = try await test.tunnel("allowed.test", test.request("/echo", fields: "Connection: close\r\n"))
            #expect(outcome.isTrusted && !outcome.text.contains("real-token"))
            #expect(outcome.text.contains("Bearer **********"), "\(outcome.text)")
        }
    }
}
