// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// The docker backend on the tests' own engine, which has no way out.
    @Suite(
        .serialized, .timeLimit(.minutes(5)),
        .enabled(
            if: ProcessInfo.processInfo.environment["BOTTLE_TEST_ENGINE"] != nil,
            "needs the tests' own engine: eval \"$(Tests/engine start)\""))
    struct DockerTests {
        private let engine = ["DOCKER_HOST": ProcessInfo.processInfo.environment["DOCKER_HOST"] ?? ""]

        /// Names of everything on the engine.
        private func inventory(_ tool: Tool) async throws -> String {
            let script =
                "docker ps -a --format '{{.Names}}'; docker network ls --format '{{.Name}}'; docker volume ls -q"
            return try await tool.shell(script, environment: engine).stdout
        }

        @Test func `the reference bottle passes all fourteen checks on an engine`() async throws {
            try await Tool.withTool { tool in
                let before = try await inventory(tool)
                let outcome = try await tool.run(
                    "run", "--backend", "docker", "--profile", "gate@1", "--junit", tool.file("r.xml").path,
                    environment: engine)
                #expect(outcome.status == 0, "\(outcome)")
                let report = try JUnitFile(tool.file("r.xml"))
                #expect(Set(report.cases.map { String($0.name.prefix { $0 != " " }) }) == Set(EndToEnd.GateTests.gate))
                #expect(report.cases.allSatisfy { $0.result == nil }, "\(outcome)")
                #expect(outcome.stdout.contains("tested: docker (reference)"), "\(outcome)")
                #expect(try await inventory(tool) == before)
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

        @Test(arguments: [50, 300, 700, 1000, 1400, 1900])
        func `kill -9 at any moment, then gc, leaves nothing on the engine`(milliseconds: Int) async throws {
            try await Tool.withTool { tool in
                let before = try await inventory(tool)
                let process = try tool.start(["run", "--backend", "docker"], environment: engine)
                try await Task.sleep(for: .milliseconds(milliseconds))
                kill(process.processIdentifier, SIGKILL)
                _ = try await tool.finish(process)
                let outcome = try await tool.run("gc", environment: engine)
                #expect(outcome.status == 0, "\(outcome)")
                try await tool.poll("the engine is as it was") { try await inventory(tool) == before }
            }
        }

        @Test func `what cannot be is said in one sentence`() async throws {
            try await Tool.withTool { tool in
                let nobody = try await tool.run(
                    "run", "--backend", "docker", environment: ["DOCKER_HOST": "unix://\(tool.file("none.sock").path)"])
                #expect(nobody.status == 2, "\(nobody)")
                #expect(nobody.stderr.contains("No container engine answers"), "\(nobody)")
                let program = try await tool.run("run", "--backend", "docker", "--engine", "no-such-engine")
                #expect(program.status == 2, "\(program)")
                #expect(program.stderr.contains("There is no program"), "\(program)")
                let useless = try await tool.run("run", "--engine", "docker")
                #expect(useless.status == 64, "\(useless)")
                let old = try tool.write(
                    "#!/bin/sh\necho '19.03.5 linux 5.4'\n", to: "old-docker")
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: old)
                let tooOld = try await tool.run("run", "--backend", "docker", "--engine", old)
                #expect(tooOld.status == 2, "\(tooOld)")
                #expect(tooOld.stderr.contains("19.03.5, which is too old"), "\(tooOld)")
                let image = try await tool.run(
                    "run", "--backend", "docker", "--select", "PROV-01",
                    environment: engine.merging(["CLAUDE_BOTTLE_IMAGE": "nobody.invalid/x:1"]) { $1 })
                #expect(image.status == 2, "\(image)")
                #expect(image.stderr.contains("nobody.invalid/x:1"), "\(image)")
            }
        }

        @Test func `a user without the right to the socket is told so`() async throws {
            try await Tool.withTool { tool in
                try #require(getuid() == 0, "only root can become another user")
                var other = tool
                other.prefix = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
                // The engine's directory is closed to others: a socket that may be seen and not used.
                let socket = tool.file("engine.sock").path
                let listener = try await tool.shell(
                    "ln -s \"${DOCKER_HOST#unix://}\" \(socket); ls -l \(socket)", environment: engine)
                #expect(listener.status == 0, "\(listener)")
                let outcome = try await other.finish(
                    other.start(["run", "--backend", "docker"], environment: ["DOCKER_HOST": "unix://\(socket)"]))
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains("may not use the container engine"), "\(outcome)")
            }
        }
    }
}
