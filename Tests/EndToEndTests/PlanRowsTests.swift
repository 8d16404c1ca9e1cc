// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// The rows about plans, as a user runs them on a machine that has nothing of the backend.
    @Suite(.timeLimit(.minutes(3)))
    struct PlanRowsTests {
        /// Neither an engine nor smolvm can be found there.
        private static let bare = ["PATH": "/nonexistent"]

        @Test(arguments: ["namespaces", "docker", "smolmachines"])
        func `the rows about plans need nothing of the backend`(backend: String) async throws {
            try await Tool.withTool { tool in
                var tool = tool
                // As somebody who may do nothing, where the tests may choose.
                if geteuid() == 0 {
                    tool.prefix = [
                        "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs",
                    ]
                }
                let report = tool.file("r.xml").path
                let arguments = ["run", "--backend", backend, "--select", "RENDER-*", "--junit", report]
                let path = tool.prefix.isEmpty ? Self.bare : [:]
                let outcome = try await tool.finish(tool.start(arguments, environment: path))
                #expect(outcome.status == 0, "\(outcome)")
                #expect(outcome.stdout.contains("partial: not a conformance statement"), "\(outcome)")
                let cases = try JUnitFile(URL(filePath: report)).cases
                #expect(cases.map { String($0.name.prefix(9)) } == (1...7).map { "RENDER-0\($0)" })
                let silent = backend == "namespaces" ? ["RENDER-07"] : []
                #expect(cases.filter { $0.result != nil }.map { String($0.name.prefix(9)) } == silent)
                #expect(!FileManager.default.fileExists(atPath: tool.state.path), "nothing is written")
            }
        }

        @Test(arguments: ["docker", "smolmachines"])
        func `all rows about plans pass with an empty PATH`(backend: String) async throws {
            try await Tool.withTool { tool in
                let rows = ["RENDER-*", "ENV-01", "ENV-02", "ENV-03", "ENV-04", "SECRET-04"]
                let arguments = ["run", "--backend", backend] + rows.flatMap { ["--select", $0] }
                let outcome = try await tool.finish(tool.start(arguments, environment: Self.bare))
                #expect(outcome.status == 0, "\(outcome)")
                #expect(outcome.stdout.contains("12 checks: 12 pass"), "\(outcome)")
            }
        }

        @Test func `recorded goldens are kept, and a difference is shown`() async throws {
            try await Tool.withTool { tool in
                let directory = tool.file("goldens").path
                let recorded = try await tool.run("plan", "--backend", "docker", "--record-goldens", directory)
                #expect(recorded.status == 0, "\(recorded)")
                let compare = ["run", "--backend", "docker", "--select", "RENDER-*", "--goldens", directory]
                // Another home, as on another machine.
                let elsewhere = ["HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent/state"]
                let kept = try await tool.finish(tool.start(compare, environment: elsewhere))
                #expect(kept.status == 0, "\(kept)")
                let file = URL(filePath: directory).appending(path: "everything/contract.json")
                let text = try String(contentsOf: file, encoding: .utf8)
                try Data(text.replacing("egress,pipelock", with: "pipelock,egress").utf8).write(to: file)
                let fallen = try await tool.finish(tool.start(compare))
                #expect(fallen.status == 1, "\(fallen)")
                #expect(fallen.stdout.contains("@@") && fallen.stdout.contains("pipelock,egress"), "\(fallen)")
                let again = try await tool.run("plan", "--backend", "docker", "--record-goldens", directory)
                #expect(again.status == 64 && again.stderr.contains("exists already"), "\(again)")
            }
        }

        @Test func `goldens never record themselves under CI`() async throws {
            try await Tool.withTool { tool in
                let directory = tool.file("goldens").path
                let outcome = try await tool.run(
                    "plan", "--backend", "docker", "--record-goldens", directory, environment: ["CI": "true"])
                #expect(outcome.status == 64 && outcome.stderr.contains("CI"), "\(outcome)")
                #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
                #expect(!FileManager.default.fileExists(atPath: directory))
            }
        }

        @Test func `a mutant of plans falls on every backend, and what it cannot break is said`() async throws {
            try await Tool.withTool { tool in
                for name in ["mutant:slash24@docker", "mutant:slash24@smolmachines", "mutant:slash24"] {
                    let outcome = try await tool.run("run", "--backend", name, "--select", "RENDER-02")
                    #expect(outcome.status == 1, "\(outcome)")
                    #expect(outcome.stdout.contains("1 fell (RENDER-02)"), "\(outcome)")
                }
                let wrong = try await tool.run("run", "--backend", "mutant:natloop@docker", "--select", "RENDER-*")
                #expect(wrong.status == 64 && wrong.stderr.contains("smolmachines"), "\(wrong)")
                let vacuous = try await tool.run("run", "--backend", "mutant:open", "--select", "RENDER-*")
                #expect(vacuous.status == 64 && vacuous.stderr.contains("plans only"), "\(vacuous)")
                let matrix = try await tool.run("mutants", "--select", "natloop", "--format", "json")
                #expect(matrix.status == 0 && matrix.stdout.contains("smolmachines"), "\(matrix)")
            }
        }

        @Test(arguments: [
            (["--goldens", "/nosuch"], "/nosuch/goldens.json"),
            (["--goldens", "/nosuch", "--select", "NET-01"], "/nosuch/goldens.json"),
        ])
        func `goldens that are not there are said`(arguments: [String], says: String) async throws {
            try await Tool.withTool { tool in
                let outcome = try await tool.finish(tool.start(["run"] + arguments))
                #expect(outcome.status == 64 && outcome.stderr.contains(says), "\(outcome)")
            }
        }
    }
}
