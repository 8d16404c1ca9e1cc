// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// Every mistake a user can make gets one clear sentence and its exit code, before anything is started.
    @Suite(.timeLimit(.minutes(3)))
    struct BadInputTests {
        struct Mistake: CustomTestStringConvertible, Sendable {
            var arguments: [String]
            var status: Int32
            var says: [String]
            var testDescription: String { arguments.joined(separator: " ") }
        }

        /// Any file: what it holds does not matter for what is refused before it is run.
        private static let floor = ["--floor", "/etc/passwd"]

        static let mistakes = [
            Mistake(arguments: ["run", "--backend", "nosuch"], status: 64, says: ["nosuch", "namespaces"]),
            Mistake(arguments: ["run", "--backend", "mutant:nosuch"], status: 64, says: ["nosuch", "open"]),
            Mistake(
                arguments: ["run", "--backend", "mutant:open@nosuch"], status: 64, says: ["nosuch", "namespaces"]),
            Mistake(arguments: ["plan", "--backend", "mutant:open"], status: 64, says: ["mutant", "namespaces"]),
            Mistake(arguments: ["plan", "--backend", "docker", "--name", "A_B"], status: 64, says: ["A_B"]),
            Mistake(arguments: ["run", "--nosuch"], status: 64, says: ["--nosuch"]),
            Mistake(arguments: ["run", "--select", "NET-99"], status: 64, says: ["NET-99"]),
            Mistake(arguments: ["run", "--select", "XYZ-*"], status: 5, says: ["XYZ-*"]),
            Mistake(arguments: ["run", "--select", "NET-02", "--skip", "NET-*"], status: 5, says: ["NET-*"]),
            Mistake(arguments: ["run", "--profile", "gate@9"], status: 64, says: ["gate@9", "gate@1"]),
            Mistake(arguments: ["run", "--junit", "/nosuch/r.xml"], status: 2, says: ["/nosuch"]),
            Mistake(arguments: ["run", "--events", "/"], status: 2, says: ["/"]),
            Mistake(arguments: ["run", "--manifest", "/nosuch.yaml"], status: 64, says: ["/nosuch.yaml"]),
            Mistake(arguments: ["run", "--timeout", "soon"], status: 64, says: ["soon"]),
            Mistake(arguments: ["list", "NET-99"], status: 64, says: ["NET-99"]),
            Mistake(arguments: ["bottle", "exec", "nosuch", "--", "id"], status: 64, says: ["nosuch"]),
            Mistake(arguments: ["bottle", "up", "--name", "../x"], status: 64, says: ["../x"]),
            Mistake(arguments: ["mutants", "--select", "nosuch"], status: 64, says: ["nosuch"]),
            Mistake(arguments: ["bench"], status: 64, says: ["proxy, render or suite"]),
            Mistake(arguments: ["bench", "suite", "--backend", "namespaces"], status: 64, says: ["namespaces"]),
            Mistake(arguments: ["bench", "suite", "--backend", "mutant:open"], status: 64, says: ["mutant:open"]),
            Mistake(arguments: ["bench", "suite", "--rounds", "0"], status: 64, says: ["--rounds", "1 to 100"]),
            Mistake(arguments: ["bench", "suite", "--floor", "/nosuch"], status: 64, says: ["/nosuch", "--floor"]),
            Mistake(
                arguments: ["bench", "suite", "--backend", "smolmachines", "--floor", "/nosuch"], status: 64,
                says: ["/nosuch", "--floor"]),
            Mistake(
                arguments: ["bench", "suite", "--backend", "smolmachines", "--conversions", "21"], status: 64,
                says: ["--conversions", "0 to 20"]),
            Mistake(
                arguments: ["bench", "suite", "--backend", "smolmachines", "--engine", "podman"] + floor, status: 64,
                says: ["--engine podman", "smolmachines"]),
            Mistake(
                arguments: ["bench", "suite", "--conversions", "1"] + floor, status: 64,
                says: ["--conversions", "docker"]),
            Mistake(arguments: ["bench", "suite", "--lab", "always"] + floor, status: 64, says: ["--lab", "docker"]),
        ]

        @Test(arguments: mistakes)
        func `a mistake is one sentence`(mistake: Mistake) async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.finish(tool.start(mistake.arguments))
                #expect(outcome.status == mistake.status, "\(outcome)")
                for word in mistake.says { #expect(outcome.stderr.contains(word), "\(outcome)") }
                #expect(!outcome.stderr.contains("Fatal error") && outcome.stdout.isEmpty, "\(outcome)")
                #expect(!FileManager.default.fileExists(atPath: tool.state.appending(path: "claude-bottle/x").path))
            }
        }

        @Test func `a manifest with parts that the backend lacks is refused`() async throws {
            try await Tool.withTool { tool in
                let text = "bottles: {work: {supervise: true}}\nagents: {me: {bottle: work}}\n"
                let path = try tool.write(text, to: "bottle.yaml")
                for command in [["run"], ["bottle", "up"]] {
                    let outcome = try await tool.finish(tool.start(command + ["--manifest", path]))
                    #expect(outcome.status == 2, "\(outcome)")
                    #expect(outcome.stderr.contains("supervise"), "\(outcome)")
                }
            }
        }

        @Test func `a broken manifest names file, line and column`() async throws {
            try await Tool.withTool { tool in
                let text = """
                    bottles:
                      work:
                        allowlst: [example.test]
                    agents:
                      me: {bottle: work}
                    """
                let path = try tool.write(text, to: "bottle.yaml")
                let outcome = try await tool.run("run", "--manifest", path)
                #expect(outcome.status == 64, "\(outcome)")
                #expect(outcome.stderr.contains("bottle.yaml:3:5"), "\(outcome)")
                #expect(outcome.stderr.contains("allowlst"), "\(outcome)")
            }
        }
    }
}
