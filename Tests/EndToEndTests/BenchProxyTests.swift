// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import ConformanceCommands

/// What `bench proxy` makes of measurements.
struct ProxyFiguresTests {
    private func sample(_ requests: Int, bytes: Int = 0) -> ProxyFigures.Sample {
        ProxyFigures.Sample(requests: requests, failures: 0, bytes: bytes, seconds: 2, p50: 100, p99: 900)
    }

    @Test func `a rate is a second's, and a limit is held against medians`() throws {
        var figures = ProxyFigures(isRelease: true, rounds: 3)
        for requests in [2000, 1000, 9000] { figures.add(sample(requests), of: .opened) }
        for requests in [100, 90, 110] { figures.add(sample(requests), of: .mitmproxy) }
        #expect(figures.row(.opened)?.rate.median == 1000)
        #expect(figures.limits[0].value == 20 && figures.limits[0].isMet == true)
        // What was not measured is not met either, and is said.
        #expect(figures.limits[1].isMet == nil && figures.exitCode == 2)
        #expect(figures.table.contains("new tunnels a second, times tinyproxy's: not measured"))
        figures.add(sample(10), of: .tunnels)
        figures.add(sample(11), of: .tinyproxyTunnels)
        #expect(figures.exitCode == 1 && figures.table.contains("0.91, at least 1.0: NOT met"))
    }

    @Test func `memory that grows with the body is a failure`() {
        var figures = ProxyFigures(isRelease: false, rounds: 1)
        figures.memory = ProxyFigures.Memory(beforeKiB: 10_000, highestKiB: 10_000 + 64 * 1024)
        #expect(figures.limits[3].isMet == true)
        figures.memory = ProxyFigures.Memory(beforeKiB: 10_000, highestKiB: 10_000 + 65 * 1024)
        #expect(figures.exitCode == 1 && figures.table.contains("this is a debug build"))
    }
}

extension EndToEnd {
    /// `bench proxy` on loopback: that it measures and leaves nothing, never how fast.
    @Suite(.serialized, .timeLimit(.minutes(5)))
    struct BenchProxyTests {
        @Test func `every load is put on, and what is not installed is said`() async throws {
            try await Tool.withTool { tool in
                let temporary = tool.file("tmp")
                try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
                let outcome = try await tool.finish(
                    tool.start(
                        ["bench", "proxy", "--rounds", "1", "--seconds", "1", "--format", "json"],
                        environment: ["TMPDIR": temporary.path]), within: 200)
                // How fast it is depends on who else is here.
                #expect([0, 1, 2].contains(outcome.status), "\(outcome)")
                let figures = try #require(
                    try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any], "\(outcome)")
                let rows = try #require(figures["rows"] as? [[String: Any]])
                let missing = try #require(figures["missing"] as? [String])
                #expect(missing.isEmpty || outcome.status != 0, "\(outcome)")
                #expect(
                    rows.count == 7 - (missing.contains("mitmdump") ? 1 : 0) - (missing.contains("tinyproxy") ? 2 : 0))
                for row in rows { #expect((row["rate"] as? [String: Any])?["median"] as? Double ?? 0 > 0, "\(row)") }
                // A body of 1 GiB streams, whatever the machine does beside.
                let memory = try #require(figures["memory"] as? [String: Any])
                let (before, highest) = (memory["beforeKiB"] as? Int ?? 0, memory["highestKiB"] as? Int ?? 0)
                #expect(before > 0 && highest - before < 64 * 1024, "\(memory)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty)
            }
        }

        @Test func `a signal ends everything that was started`() async throws {
            try await Tool.withTool { tool in
                let temporary = tool.file("tmp")
                try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
                let process = try tool.start(
                    ["bench", "proxy", "--rounds", "50", "--seconds", "1"], environment: ["TMPDIR": temporary.path])
                try await tool.poll("a stand comes up") {
                    try !FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty
                }
                kill(process.processIdentifier, SIGINT)
                let outcome = try await tool.finish(process, within: 150)
                #expect(outcome.status == 130 && outcome.stderr.contains("SIGINT came before"), "\(outcome)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty)
            }
        }
    }
}
