// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// `--pipelock PATH`: a program of the user's runs in the bundle, and what is said of it is what it does; see Fixtures/pipelock.
    @Suite(.timeLimit(.minutes(5)))
    struct ForeignPipelockTests {
        /// It answers, denies everything, and leads nothing anywhere.
        private static let verdicts: [String: String?] = [
            "PROXY-01": nil, "PROXY-11": nil, "EGRESS-01": nil, "NET-04": nil, "MULTI-01": nil, "SECRET-06": nil,
            "PROXY-02": "failure", "EGRESS-03": "failure",
            // That it denies what it must deny proves nothing where it denies everything.
            "PROXY-03": "error",
        ]

        @Test func `a bundle of namespaces runs the user's pipelock`() async throws {
            try await judge("namespaces", environment: [:])
        }

        @Test(.enabled(if: TestEngine.isHere, TestEngine.reason))
        func `a bundle on an engine runs the user's pipelock`() async throws {
            try await judge("docker", environment: TestEngine.shared.environment)
        }

        private func judge(_ backend: String, environment: [String: String]) async throws {
            try await Tool.withTool { tool in
                let program = try await StandIn.build(for: tool)
                let selection = Self.verdicts.keys.sorted().flatMap { ["--select", $0] }
                let outcome = try await tool.finish(
                    tool.start(
                        ["run", "--backend", backend, "--pipelock", program, "--junit", tool.file("r.xml").path]
                            + ["--events", tool.file("e.jsonl").path] + selection, environment: environment))
                #expect(outcome.status == 1, "\(outcome)")
                let report = try JUnitFile(tool.file("r.xml"))
                for (id, expected) in Self.verdicts {
                    let found = try #require(report.cases.first { $0.name.hasPrefix("\(id) ") }, "\(id) in \(outcome)")
                    #expect(found.result == expected, "\(id): \(outcome)")
                }
                // Nobody can take the report for one of the reference.
                #expect(outcome.stdout.contains("pipelock \(program) sha256:"), "\(outcome)")
                #expect(outcome.stderr.contains("leads nothing to egress"), "\(outcome)")
                let events = try String(contentsOf: tool.file("e.jsonl"), encoding: .utf8)
                #expect(events.contains("pipelock is /bottle/pipelock, not the reference's"))
                #expect(events.contains("no request of the guest gets a token"))
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `a pipelock that ends by itself ends the launch with its own words`() async throws {
            try await Tool.withTool { tool in
                // It takes no such command line, whatever it says of it.
                let program = try await StandIn.build(for: tool, linking: ["-static", "-DREFUSES_ALL"])
                let outcome = try await tool.run("run", "--pipelock", program, "--select", "PROXY-01")
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains("did not come up"), "\(outcome)")
                #expect(outcome.stderr.contains("pipelock exited 1, after it had said"), "\(outcome)")
                #expect(outcome.stderr.contains("nothing is right for me"), "\(outcome)")
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `what a bundle could not run is refused in one sentence`() async throws {
            try await Tool.withTool { tool in
                let shared = try await StandIn.build(for: tool, linking: [])
                let script = try tool.write("#!/bin/sh\n", to: "script")
                let (closed, pipe) = (try tool.write("x", to: "closed"), tool.file("pipe").path)
                let own = try tool.write("x", to: "own")
                for (path, mode) in [(script, 0o755), (own, 0o744)] {
                    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
                }
                #expect(mkfifo(pipe, 0o777) == 0)
                let mistakes = [
                    ([shared], "shared libraries"), ([script], "no 64-bit executable"), ([closed], "chmod 755"),
                    ([own], "chmod 755"), ([pipe], "no file"), ([tool.directory.path], "no file"),
                    (["/nosuch/pipelock"], "no such file"),
                    ([shared, "--backend", "smolmachines"], "smolmachines"),
                    ([shared, "--backend", "mutant:open"], "mutant"),
                ]
                for (words, says) in mistakes {
                    let outcome = try await tool.finish(tool.start(["run", "--pipelock"] + words))
                    #expect(outcome.status == 64, "\(outcome)")
                    #expect(outcome.stderr.contains(words[0]) && outcome.stderr.contains(says), "\(outcome)")
                    #expect(outcome.stderr.split(separator: "\n").count == 1 && outcome.stdout.isEmpty, "\(outcome)")
                }
            }
        }
    }
}
