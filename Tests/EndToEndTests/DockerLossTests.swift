// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// An engine that goes away in the middle of a run.
    @Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: TestEngine.isHere, TestEngine.reason))
    struct DockerLossTests {
        @Test(arguments: [SIGTERM, SIGKILL])
        func `a run whose engine ends says so, and the next one cleans up`(signal: Int32) async throws {
            try await Tool.withTool { tool in
                try await OwnEngine.with(tool) { own in
                    let engine = own.engine
                    // Builds the images, and shows that this engine is one that runs bottles.
                    let sound = try await tool.run(
                        "run", "--backend", "docker", "--profile", "seed@1", environment: engine.environment)
                    try #require(sound.status == 0, "\(sound)")
                    let before = try await engine.inventory(tool)
                    let (report, events) = (tool.file("r.xml"), tool.file("e.jsonl"))
                    let process = try tool.start(
                        [
                            "run", "--backend", "docker", "--profile", "gate@1", "--junit", report.path, "--events",
                            events.path,
                        ],
                        environment: engine.environment)
                    try await tool.poll("a bottle is up") {
                        (try? String(contentsOf: events, encoding: .utf8).contains("session-launched")) ?? false
                    }
                    try await own.end(with: signal)
                    let outcome = try await tool.finish(process)
                    #expect(outcome.status == 2, "\(outcome)")
                    #expect(outcome.stdout.contains("driver or harness failed"), "\(outcome)")
                    let cases = try JUnitFile(report).cases
                    #expect(cases.count >= EndToEnd.GateTests.gate.count, "\(cases)")
                    #expect(!cases.contains { $0.result == "failure" }, "\(cases)")
                    let said = cases.filter { $0.result == "error" && $0.text.contains("container engine") }
                    #expect(!said.isEmpty, "\(cases)")

                    try await own.restart()
                    #expect(try await engine.inventory(tool) != before)
                    let next = try await tool.run(
                        "run", "--backend", "docker", "--profile", "seed@1", environment: engine.environment)
                    #expect(next.status == 0, "\(next)")
                    try await engine.expect(before, tool)
                    #expect(try tool.bottles.isEmpty, "\(next)")
                }
            }
        }
    }
}
