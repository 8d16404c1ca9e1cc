// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// `plan` of every backend, as a user runs it: the same each time, private, and without any side effect.
    @Suite(.timeLimit(.minutes(3)))
    struct PlanTests {
        static let backends = ["namespaces", "docker", "smolmachines"]
        static let secret = "tok-\(UUID().uuidString.lowercased())"

        private func manifest(_ name: String) throws -> String {
            try Tool.root.appending(path: "Fixtures/manifests/\(name).yaml").path
        }

        @Test(arguments: backends)
        func `a plan is the same in every process and changes nothing`(backend: String) async throws {
            try await Tool.withTool { tool in
                let arguments = [
                    "plan", "--backend", backend, "--manifest", try manifest("everything"), "--agent", "writer",
                    "--format", "json",
                ]
                // Neither an engine nor smolvm can be found there.
                let bare = ["PATH": "/nonexistent"]
                var plans: Set<String> = []
                for _ in 0..<4 {
                    let outcome = try await tool.finish(tool.start(arguments, environment: bare))
                    #expect(outcome.status == 0, "\(outcome)")
                    plans.insert(outcome.stdout)
                }
                #expect(plans.count == 1)
                let plan = try #require(plans.first)
                let object = try #require(try JSONSerialization.jsonObject(with: Data(plan.utf8)) as? [String: Any])
                #expect(object["slug"] as? String == "writer")
                #expect(object["daemons_csv"] as? String == "egress,pipelock,git-gate,supervise")
                #expect((object["artefacts"] as? [Any])?.isEmpty == false)
                #expect(!FileManager.default.fileExists(atPath: tool.state.path))
            }
        }

        @Test(arguments: backends)
        func `a token's value is in nothing that a plan says or writes`(backend: String) async throws {
            try await Tool.withTool { tool in
                let directory = tool.file("plan").path
                let script = """
                    umask 0
                    "$TOOL" plan --backend \(backend) --manifest '\(try manifest("everything"))' --agent writer \
                        --output '\(directory)'
                    "$TOOL" plan --backend \(backend) --manifest '\(try manifest("everything"))' --agent writer \
                        --format json
                    """
                let tokens = ["API_TOKEN": Self.secret, "REGISTRY_TOKEN": Self.secret]
                let outcome = try await tool.shell(script, environment: tokens)
                #expect(outcome.status == 0, "\(outcome)")
                #expect(!outcome.description.contains(Self.secret))
                #expect(!outcome.stderr.contains("not set"), "\(outcome)")
                var files = 0
                let tree = try #require(FileManager.default.enumerator(atPath: directory))
                while let path = tree.nextObject() as? String {
                    let whole = "\(directory)/\(path)"
                    let attributes = try FileManager.default.attributesOfItem(atPath: whole)
                    let mode = try #require(attributes[.posixPermissions] as? Int)
                    #expect(mode & 0o077 == 0, "\(path) \(String(mode, radix: 8))")
                    guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
                    files += 1
                    #expect(try !String(contentsOfFile: whole, encoding: .utf8).contains(Self.secret), "\(path)")
                }
                #expect(files >= 7)
            }
        }

        @Test func `an environment with a token's value in it is refused without repeating it`() async throws {
            try await Tool.withTool { tool in
                let text = """
                    bottles:
                      b:
                        env: {NOTE: "use \(Self.secret) here"}
                        allowlist: [api.example.com]
                        egress: {routes: [{host: api.example.com, token: API_TOKEN}]}
                    agents: {a: {bottle: b}}
                    """
                let path = try tool.write(text, to: "bottle.yaml")
                for arguments in [["plan", "--backend", "docker"], ["bottle", "up"]] {
                    let outcome = try await tool.finish(
                        tool.start(arguments + ["--manifest", path], environment: ["API_TOKEN": Self.secret]))
                    #expect(outcome.status == 64, "\(outcome)")
                    #expect(outcome.stderr.contains("NOTE") && outcome.stderr.contains("API_TOKEN"), "\(outcome)")
                    #expect(!outcome.description.contains(Self.secret), "\(outcome)")
                }
            }
        }

        @Test func `what is missing is named together with who asked for it`() async throws {
            try await Tool.withTool { tool in
                let path = try tool.write(
                    """
                    bottles:
                      b:
                        allowlist: [api.example.com]
                        egress: {routes: [{host: api.example.com, token: API_TOKEN}]}
                    agents:
                      a: {bottle: b, skills: [polish]}
                      plain: {bottle: b}
                    """, to: "bottle.yaml")
                let skill = try await tool.run("plan", "--backend", "docker", "--manifest", path, "--agent", "a")
                #expect(skill.status == 64, "\(skill)")
                for word in ["polish", "'a'", "bottle.yaml"] { #expect(skill.stderr.contains(word), "\(skill)") }
                let agent = try await tool.run("plan", "--backend", "docker", "--manifest", path, "--agent", "nobody")
                #expect(agent.status == 64 && agent.stderr.contains("nobody"), "\(agent)")
                let token = try await tool.run("bottle", "up", "--manifest", path, "--agent", "plain")
                #expect(token.status == 2, "\(token)")
                for word in ["API_TOKEN", "api.example.com", "'plain'", "bottle.yaml"] {
                    #expect(token.stderr.contains(word), "\(token)")
                }
            }
        }

        @Test func `an output directory is written as a whole or not at all`() async throws {
            try await Tool.withTool { tool in
                _ = try tool.write("mine", to: "taken")
                let full = tool.file("full")
                try FileManager.default.createDirectory(at: full, withIntermediateDirectories: false)
                try Data("mine".utf8).write(to: full.appending(path: "keep"))
                for name in ["taken", "full", "no/such/parent"] {
                    let target = tool.file(name).path
                    let outcome = try await tool.run("plan", "--backend", "namespaces", "--output", target)
                    #expect(outcome.status == 64 || outcome.status == 2, "\(outcome)")
                    #expect(outcome.stderr.contains(name), "\(outcome)")
                }
                #expect(try String(contentsOf: full.appending(path: "keep"), encoding: .utf8) == "mine")
                let left = try FileManager.default.contentsOfDirectory(atPath: tool.directory.path)
                #expect(!left.contains { $0.hasPrefix("full.") || $0.hasPrefix("taken.") }, "\(left)")
            }
        }

        @Test(arguments: ["large", "deep", "bomb", "binary"])
        func `a manifest that costs too much is refused at once`(kind: String) async throws {
            try await Tool.withTool { tool in
                let broken = try Tool.root.appending(path: "Fixtures/manifests/broken")
                var path = broken.appending(path: ["deep": "deep-blocks", "bomb": "alias-bomb"][kind] ?? "binary").path
                path += ".yaml"
                if kind == "large" {
                    path = try tool.write(
                        String(repeating: "# ten megabytes of nothing\n", count: 400_000), to: "l.yaml")
                }
                // A gigabyte of address space would not do for what a bomb unfolds to.
                let script = """
                    ulimit -v 1000000
                    start=$(date +%s%N)
                    "$TOOL" plan --backend namespaces --manifest '\(path)'
                    code=$?
                    echo $(( ($(date +%s%N) - start) / 1000000 ))
                    exit $code
                    """
                let outcome = try await tool.shell(script)
                #expect(outcome.status == 64, "\(outcome)")
                let milliseconds = try #require(Int(outcome.stdout.trimmingCharacters(in: .whitespacesAndNewlines)))
                #expect(milliseconds < 1000, "\(outcome)")
            }
        }
    }
}
