// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    private static let podman = ProcessInfo.processInfo.environment["BOTTLE_TEST_PODMAN"]

    /// The docker backend on a Podman of the tests' own, which has no way out.
    @Suite(
        .serialized, .timeLimit(.minutes(5)),
        .enabled(if: podman != nil, "needs the tests' own podman: eval \"$(Tests/podman start)\""))
    struct PodmanTests {
        private func inventory(_ tool: Tool, _ podman: String) async throws -> String {
            let outcome = try await tool.shell(
                """
                '\(podman)' ps --all --format 'container {{.Names}}'
                '\(podman)' network ls --format 'network {{.Name}}'
                '\(podman)' volume ls --format 'volume {{.Name}}'
                """)
            #expect(outcome.status == 0, "\(outcome)")
            return outcome.stdout
        }

        @Test func `the whole suite passes on podman, and nothing stays`() async throws {
            let podman = try #require(EndToEnd.podman)
            try await Tool.withTool { tool in
                let before = try await inventory(tool, podman)
                // PROV-03 is inconclusive where the machine is too busy for its watcher: no matter of the engine's.
                let outcome = try await tool.run(
                    "run", "--backend", "docker", "--engine", podman, "--skip", "PROV-03", "--junit",
                    tool.file("r.xml").path)
                #expect(outcome.status == 0, "\(outcome)")
                let report = try JUnitFile(tool.file("r.xml"))
                // Some rows are for machines only.
                let others = report.cases.filter { !$0.text.contains("only for backends of kind microvm") }
                #expect(others.count > 40 && others.allSatisfy { $0.result == nil }, "\(outcome)")
                #expect(try await inventory(tool, podman) == before)
            }
        }

        @Test func `a guest that reaches its gateway on podman is found`() async throws {
            let podman = try #require(EndToEnd.podman)
            try await Tool.withTool { tool in
                let outcome = try await tool.run(
                    "run", "--backend", "mutant:gwopen@docker", "--engine", podman, "--select", "NET-03", "--junit",
                    tool.file("r.xml").path)
                #expect(outcome.status == 1, "\(outcome)")
                let report = try JUnitFile(tool.file("r.xml"))
                #expect(report.cases.map(\.result) == ["failure"], "\(outcome)")
            }
        }
    }
}
