// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// `bench suite` on the tests' own engine: that it measures, never how fast.
    @Suite(
        .serialized, .timeLimit(.minutes(5)),
        .enabled(if: TestEngine.isHere, TestEngine.reason))
    struct BenchSuiteTests {
        private let engine = TestEngine.shared

        private func start(_ tool: Tool, _ arguments: String...) throws -> Process {
            try tool.start(
                ["bench", "suite"] + arguments, environment: engine.environment, workingDirectory: Tool.root)
        }

        @Test func `a floor and the suite are measured in turns`() async throws {
            try await Tool.withTool { tool in
                let before = try await engine.inventory(tool)
                let outcome = try await tool.finish(start(tool, "--rounds", "1"))
                // How fast it is depends on who else is here.
                #expect(outcome.status == 0 || outcome.status == 1, "\(outcome)")
                let calls = try ["floor: ", "seed@1: ", "full@1: "].map { name in
                    let line = try #require(
                        outcome.stdout.split(separator: "\n").first { $0.hasPrefix(name) }, "\(outcome)")
                    return try #require(line.split(separator: " ").last.flatMap { Int($0) }, "\(outcome)")
                }
                #expect(calls[0] > 0 && calls[1] >= calls[0], "fewer than the fewest: \(outcome)")
                #expect(outcome.stdout.contains("times the floor"), "\(outcome)")
                #expect(try await engine.inventory(tool) == before)
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test(arguments: [900, 2000, 3500])
        func `an interrupted measurement leaves nothing`(milliseconds: Int) async throws {
            try await Tool.withTool { tool in
                let before = try await engine.inventory(tool)
                let process = try start(tool)
                try await Task.sleep(for: .milliseconds(milliseconds))
                kill(process.processIdentifier, SIGINT)
                let outcome = try await tool.finish(process)
                #expect(outcome.status == 130, "\(outcome)")
                #expect(outcome.stdout.isEmpty, "\(outcome)")
                #expect(try await engine.inventory(tool) == before)
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `a floor that fails leaves nothing and is said in one sentence`() async throws {
            try await Tool.withTool { tool in
                let before = try await engine.inventory(tool)
                let file = try Tool.root.appending(path: "Fixtures/bench/docker-floor.sh")
                let text = try String(contentsOf: file, encoding: .utf8)
                // Everything stands when the command that fails with 7 is expected to fail with 8.
                let script = try tool.write(text.replacing("-eq 7 ]", with: "-eq 8 ]"), to: "floor.sh")
                let outcome = try await tool.finish(start(tool, "--rounds", "1", "--floor", script))
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains("came back with 7"), "\(outcome)")
                #expect(outcome.stdout.isEmpty, "\(outcome)")
                #expect(try await engine.inventory(tool) == before)
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `without an engine there is nothing to measure`() async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.finish(
                    tool.start(
                        ["bench", "suite"], environment: ["DOCKER_HOST": "unix://\(tool.file("none.sock").path)"],
                        workingDirectory: Tool.root))
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains("No container engine answers"), "\(outcome)")
            }
        }
    }
}
