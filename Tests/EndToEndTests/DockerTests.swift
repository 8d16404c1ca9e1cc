// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// The docker backend on the tests' own engine, which has no way out.
    @Suite(
        .serialized, .timeLimit(.minutes(5)),
        .enabled(if: TestEngine.isHere, TestEngine.reason))
    struct DockerTests {
        private let engine = TestEngine.shared.environment

        @Test func `the reference bottle passes all fourteen checks on an engine`() async throws {
            try await Tool.withTool { tool in
                let before = try await TestEngine.shared.inventory(tool)
                let outcome = try await tool.run(
                    "run", "--backend", "docker", "--profile", "gate@1", "--junit", tool.file("r.xml").path,
                    environment: engine)
                #expect(outcome.status == 0, "\(outcome)")
                let report = try JUnitFile(tool.file("r.xml"))
                #expect(Set(report.cases.map { String($0.name.prefix { $0 != " " }) }) == Set(EndToEnd.GateTests.gate))
                #expect(report.cases.allSatisfy { $0.result == nil }, "\(outcome)")
                #expect(outcome.stdout.contains("tested: docker (reference)"), "\(outcome)")
                #expect(try await TestEngine.shared.inventory(tool) == before)
            }
        }

        @Test(arguments: [
            ("open", "NET-02"), ("hostnet", "NET-01"), ("gwopen", "NET-03"), ("autoresolver", "DNS-01"),
            ("hostexec", "DRIVER-01"), ("egress0000", "EGRESS-01"), ("noprompt", "PROV-01"), ("pid1only", "ENV-05"),
        ])
        func `a broken backend on an engine is violated`(mutant: String, requirement: String) async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.run(
                    "run", "--backend", "mutant:\(mutant)@docker", "--profile", "gate@1", "--junit",
                    tool.file("r.xml").path, environment: engine)
                #expect(outcome.status == 1, "\(outcome)")
                let report = try JUnitFile(tool.file("r.xml"))
                let violated = try #require(report.cases.first { $0.name.hasPrefix("\(requirement) ") })
                #expect(violated.result == "failure", "\(outcome)")
            }
        }
    }
}
