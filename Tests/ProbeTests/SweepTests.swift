// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    @Suite struct SweepTests {
        /// All ports are swept where the bundle is ours alone; here other people's listeners are left alone.
        @Test func findsAListenerAmongItsNeighbours() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let (first, last) = (max(port, 6) - 5, min(port, 65_530) + 5)
                let line = try await ProbeRunner.batch("sweep a n 127.0.0.1 \(first) \(last) 5000 0").line("a")
                #expect(line.stage == "done")
                let open = try #require(line.fact("open")).split(separator: ",").map(String.init)
                #expect(open.contains(String(port)))
                #expect(line.fact("opened") == String(open.count))
                let counts = try ["opened", "refused", "unreachable", "denied", "reset", "timedout", "failed"].map {
                    try #require(line.fact($0).flatMap { Int($0) })
                }
                #expect(counts.reduce(0, +) == Int(last - first) + 1)
            }
        }

        @Test func countsAPortThatRefuses() async throws {
            let free = try await LoopbackServer.serving(.silent) { $0 }
            let line = try await ProbeRunner.batch("sweep a n 127.0.0.1 \(free) \(free) 2000 0").line("a")
            #expect(line.fact("open") == "")
            #expect(line.fact("refused") == "1")
        }

        /// A gateway accepts before it knows whether anybody is there; a server may say nothing for a while.
        @Test func aConnectionThatHasToStayCountsOnlyWhenItDoes() async throws {
            let servers: [(LoopbackServer.Script, opened: String, reset: String)] = [
                (.silent, "1", "0"), (.banner([66]), "1", "0"), (.banner([]), "0", "1"),
            ]
            for (script, opened, reset) in servers {
                try await LoopbackServer.serving(script) { port in
                    let line = try await ProbeRunner.batch("sweep a n 127.0.0.1 \(port) \(port) 5000 300").line("a")
                    #expect(line.fact("opened") == opened, "\(script)")
                    #expect(line.fact("reset") == reset, "\(script)")
                }
            }
        }

        @Test(arguments: [
            "127.0.0.1 0 5 10 0", "127.0.0.1 6 5 10 0", "127.0.0.1 1 65536 10 0", "127.0.0.1 1 5 0 0", "x 1 5 10 0",
            "127.0.0.1 1 5 10", "127.0.0.1 1 5 10 11", "127.0.0.1 1 5 10 -1",
        ])
        func refusesABadSweep(arguments: String) async throws {
            let run = try await ProbeRunner.start(["batch"], input: "sweep a n \(arguments)\n")
            #expect(run.text.contains("\"stage\":\"input\""))
        }
    }
}
