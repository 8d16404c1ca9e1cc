// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    @Suite struct ListenerTests {
        private static let own = String(repeating: "0a", count: 16)
        private static let other = String(repeating: "1b", count: 16)
        private static let banner = "62616e6e6572"

        private static func hex(_ text: String) -> String { text.utf8.map { String(format: "%02x", $0) }.joined() }

        /// A port that nobody had a moment ago.
        private static func freePort() async throws -> UInt16 { try await LoopbackServer.serving(.silent) { $0 } }

        private static func greeting(_ id: String, _ transport: String, _ port: UInt16, _ said: String) -> String {
            let until = transport == "tcp" ? "close" : "datagram"
            return "await \(id) n \(transport) 127.0.0.1 \(port) 5000 \(hex(said))/\(until)"
        }

        @Test func answersAndRemembersUntilItIsDismissed() async throws {
            let port = try await Self.freePort()
            async let listening = ProbeRunner.batch("listen l \(Self.own) 127.0.0.1 \(port) 20000 \(Self.banner)")
            // A run that is one digit too long is none, and one that only comes near its end is not lost.
            let first = try await ProbeRunner.batch(
                Self.greeting("a", "tcp", port, "GET /\(Self.other) HTTP/1.1\r\n\r\n"),
                Self.greeting("b", "udp", port, "\(Self.other)f \(Self.own)0"))
            for id in ["a", "b"] {
                #expect(try first.line(id).stage == "done")
                #expect(try first.line(id).received == [Self.banner])
            }
            let last = try await ProbeRunner.batch(
                Self.greeting("c", "tcp", port, "\(Self.own)\n"), Self.greeting("d", "udp", port, Self.own))
            #expect(try last.line("c").received == [Self.banner])
            #expect(try last.line("d").received == [Self.banner])
            let line = try await listening.line("l")
            #expect(line.stage == "done")
            #expect(line.errno == nil)
            #expect(line.fact("visits") == "4")
            #expect(line.fact("nonces") == "\(Self.other),\(Self.own)")
        }

        @Test func endsWithItsBudget() async throws {
            let port = try await Self.freePort()
            let line = try await ProbeRunner.batch("listen l \(Self.own) 127.0.0.1 \(port) 50 \(Self.banner)").line("l")
            #expect(line.stage == "receive")
            #expect(line.errno == "ETIMEDOUT")
            #expect(line.fact("visits") == "0")
            #expect(line.fact("nonces") == "")
        }

        @Test func saysThatAPortIsTaken() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let line = try await ProbeRunner.batch(
                    "listen l \(Self.own) 127.0.0.1 \(port) 5000 \(Self.banner)"
                ).line("l")
                #expect(line.stage == "socket")
                #expect(line.errno == "EADDRINUSE")
            }
        }

        /// Nobody who holds a connection open and says nothing keeps others out.
        @Test func theSilentDoNotHoldItUp() async throws {
            let port = try await Self.freePort()
            async let listening = ProbeRunner.batch("listen l \(Self.own) 127.0.0.1 \(port) 20000 \(Self.banner)")
            let silent = (0..<60).map { "await s\($0) n tcp 127.0.0.1 \(port) 4000 -/close" }
            async let crowd = ProbeRunner.start(
                ["batch"], input: (["parallel 60", "timeout 10000"] + silent).joined(separator: "\n") + "\n")
            let last = try await ProbeRunner.batch(
                Self.greeting("c", "tcp", port, "\(Self.own)\n"), Self.greeting("d", "udp", port, Self.own))
            #expect(try last.line("c").received == [Self.banner])
            #expect(try await listening.line("l").stage == "done")
            #expect(try await crowd.exitCode == 0)
        }

        @Test func whatIsNotThereYetIsWaitedForWithinTheBudget() async throws {
            try await LoopbackServer.refusing { port in
                let line = try await ProbeRunner.batch("await a n tcp 127.0.0.1 \(port) 100 -/close").line("a")
                #expect(line.stage == "connect")
                #expect(line.errno == "ECONNREFUSED")
                #expect(line.milliseconds >= 100)
            }
        }

        @Test(arguments: [
            "127.0.0.1 0 10 61", "127.0.0.1 9 0 61", "127.0.0.1 9 10 -", "127.0.0.1 9 10 6", "x 9 10 61",
            "127.0.0.1 9 10",
        ])
        func refusesABadListener(arguments: String) async throws {
            let run = try await ProbeRunner.start(["batch"], input: "listen a n \(arguments)\n")
            #expect(run.text.contains("\"stage\":\"input\""))
        }
    }
}
