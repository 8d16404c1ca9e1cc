// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// A bottle that is stopped and comes back as the same one, with what its manifest brings along.
    @Suite(.timeLimit(.minutes(5)))
    struct ResumeTests {
        @Test func `skills and the directory one works in are in a bottle of a manifest`() async throws {
            try await withBottle { tool in
                let seen = try await tool.shell(
                    """
                    "$TOOL" bottle exec b -- sh -c 'cd; cat .claude/skills/review/SKILL.md workspace/mine
                    ls .claude/skills; stat -c "%U %a" .claude/skills/review/SKILL.md .claude-bottle-prompt.txt'
                    """)
                let skill = try String(
                    contentsOf: Tool.root.appending(path: "Fixtures/manifests/skills/review/SKILL.md"), encoding: .utf8)
                #expect(seen.stdout.hasPrefix("\(skill)of the user\nrelease-notes\nreview\nnode "), "\(seen)")
                #expect(seen.stdout.hasSuffix("node 600\n"), "\(seen)")
            }
        }

        @Test func `a stopped bottle comes back with its name, its network and its manifest`() async throws {
            try await withBottle { tool in
                let look = #""$TOOL" bottle exec b -- sh -c 'echo $HTTPS_PROXY; ls .claude/skills; cat workspace/mine'"#
                let first = try await tool.shell(look)
                #expect(first.status == 0 && first.stdout.contains("http://10."), "\(first)")
                _ = try await tool.shell("\"$TOOL\" bottle exec b -- sh -c 'echo x > leftover'")
                let down = try await tool.run("bottle", "down", "--keep", "b")
                #expect(down.status == 0, "\(down)")

                let collected = try await tool.run("gc")
                #expect(collected.status == 0 && collected.stdout.isEmpty, "\(collected)")
                let exec = try await tool.run("bottle", "exec", "b", "--", "/bin/true")
                #expect(exec.status == 64 && exec.stderr.contains("bottle resume b"), "\(exec)")
                let up = try await tool.run("bottle", "up", "--name", "b")
                #expect(up.status == 64 && up.stderr.contains("bottle resume b"), "\(up)")
                let again = try await tool.run("bottle", "down", "--keep", "b")
                #expect(again.status == 64, "\(again)")

                // Whatever the directory it is asked from: the bottle's own is on record.
                let resumed = try await tool.shell("cd / && \"$TOOL\" bottle resume b")
                #expect(resumed.status == 0 && resumed.stdout == "b\n", "\(resumed)")
                let second = try await tool.shell(look)
                #expect(second.stdout == first.stdout, "\(second)")
                let fresh = try await tool.run("bottle", "exec", "b", "--", "/bin/ls", "leftover")
                #expect(fresh.status != 0, "the guest is a fresh one: \(fresh)")
                let twice = try await tool.run("bottle", "resume", "b")
                #expect(twice.status == 64 && twice.stderr.contains("is up already"), "\(twice)")
            }
        }

        @Test func `a bottle whose holder was killed can be resumed until it is swept`() async throws {
            try await withBottle { tool in
                let lease = try String(
                    contentsOf: tool.state.appending(path: "claude-bottle/b/lease"), encoding: .utf8)
                let holder = try #require(lease.split(separator: " ").first.flatMap { Int32($0) })
                kill(holder, SIGKILL)
                try await tool.poll("the holder is gone") {
                    try await tool.run("bottle", "exec", "b", "--", "/bin/true").status == 64
                }
                let resumed = try await tool.run("bottle", "resume", "b")
                #expect(resumed.status == 0 && resumed.stdout == "b\n", "\(resumed)")
                let seen = try await tool.run("bottle", "exec", "b", "--", "/bin/cat", "workspace/mine")
                #expect(seen.stdout == "of the user\n", "\(seen)")
            }
        }

        @Test func `a manifest that is gone or broken keeps the stopped bottle`() async throws {
            try await withBottle { tool in
                _ = try await tool.run("bottle", "down", "--keep", "b")
                let moved = try await tool.shell("mv bottle.yaml away.yaml && \"$TOOL\" bottle resume b")
                #expect(moved.status == 64 || moved.status == 2, "\(moved)")
                #expect(moved.stderr.contains("cannot be resumed as it was"), "\(moved)")
                let back = try await tool.shell("mv away.yaml bottle.yaml && \"$TOOL\" bottle resume b")
                #expect(back.status == 0, "\(back)")
            }
        }

        @Test func `what was never stopped cannot be resumed`() async throws {
            try await Tool.withTool { tool in
                let unknown = try await tool.run("bottle", "resume", "nosuch")
                #expect(unknown.status == 64 && unknown.stderr.contains("no stopped bottle 'nosuch'"), "\(unknown)")
                let path = try await tool.run("bottle", "resume", "../other")
                #expect(path.status == 64 && path.stderr.contains("slug"), "\(path)")
                let stopped = tool.state.appending(path: "claude-bottle/.stopped/b")
                try FileManager.default.createDirectory(at: stopped, withIntermediateDirectories: true)
                for text in ["", "{}", #"{"agent":"agent","manifest":"relative.yaml"}"#, "\u{0}"] {
                    try Data(text.utf8).write(to: stopped.appending(path: "resume.json"))
                    try Data(
                        #"{"identity":"b","agent_name":"agent","cwd":"","copy_cwd":false,"started_at":"","compose_project":""}"#
                            .utf8
                    ).write(to: stopped.appending(path: "metadata.json"))
                    let broken = try await tool.run("bottle", "resume", "b")
                    #expect(broken.status == 64 && broken.stderr.contains("remove it"), "\(text): \(broken)")
                }
            }
        }

        /// A bottle of the manifest with skills, from a directory of its own; stopped or not, nothing is left of it.
        private func withBottle(_ body: (Tool) async throws -> Void) async throws {
            try await Tool.withTool { tool in
                let fixtures = try Tool.root.appending(path: "Fixtures/manifests")
                try FileManager.default.copyItem(
                    at: fixtures.appending(path: "skills.yaml"), to: tool.file("bottle.yaml"))
                try FileManager.default.copyItem(at: fixtures.appending(path: "skills"), to: tool.file("skills"))
                let up = try await tool.shell(
                    """
                    mkdir work && cd work && echo of the user > mine && "$TOOL" bottle up --manifest ../bottle.yaml --name b
                    """)
                #expect(up.status == 0 && up.stdout == "b\n", "\(up)")
                do {
                    try await body(tool)
                } catch {
                    _ = try await tool.run("bottle", "down", "b")
                    throw error
                }
                let down = try await tool.run("bottle", "down", "b")
                #expect(down.status == 0, "\(down)")
                let root = tool.state.appending(path: "claude-bottle").path
                // What tells one user's containers from another's stays with the user.
                let left = try FileManager.default.contentsOfDirectory(atPath: root).filter { $0 != "owner" }
                #expect(left.isEmpty, "\(left)")
            }
        }
    }
}
