// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import Foundation
import Testing

/// What a guest of the namespaces backend has before its agent starts.
@Suite struct ProvisionTests {
    /// A directory with skills, a workspace, and a secret beside them.
    private struct Host {
        let root: URL

        static func with(_ body: (Host) async throws -> Void) async throws {
            let root = FileManager.default.temporaryDirectory.appending(path: "provision-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: root) }
            try await body(Host(root: root))
        }

        func write(_ path: String, _ text: String, mode: Int = 0o644) throws {
            let url = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
        }

        func link(_ path: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: root.appending(path: path).path, withDestinationPath: target)
        }
    }

    private func request(_ host: Host, skills: [String], copyCwd: Bool = false, prompt: String? = nil) -> LaunchRequest
    {
        let manifest = Manifest(
            bottles: ["b": Manifest.Bottle()],
            agents: ["a": Manifest.Agent(bottle: "b", prompt: prompt, skills: skills, copyCwd: copyCwd)])
        return LaunchRequest(
            manifest: manifest, agentName: "a", slug: "provisioned", network: .bottle,
            resolver: WorldLayout.nameServer, tokens: [:], manifestDirectory: host.root.appending(path: "m").path,
            workspace: host.root.appending(path: "w").path)
    }

    @Test func everythingArrivesAsTheAgents() async throws {
        try await Host.with { host in
            try host.write("m/skills/review/SKILL.md", "look twice")
            try host.write("m/skills/review/bin/run", "#!/bin/sh\necho ran\n", mode: 0o755)
            try host.link("m/skills/review/bin/again", to: "run")
            try host.write("m/skills/other/SKILL.md", "not asked for")
            try host.write("w/src/main.txt", "work")
            try host.write("w/.git/config", "[core]\n\tfsmonitor = evil\n\tbare = false\n")
            try host.write("w/.git/hooks/post-checkout", "#!/bin/sh\nevil\n", mode: 0o755)
            try host.link("w/outside", to: "/etc/hostname")
            try await DriverFixture.run { fixture in
                let bottle = try await fixture.driver.launch(request(host, skills: ["review"], copyCwd: true))
                let home = try await fixture.shell("cd ~ && find . ! -user node; find . -type f | sort", in: bottle)
                #expect(
                    home == """
                        ./.claude-bottle-prompt.txt
                        ./.claude/skills/review/SKILL.md
                        ./.claude/skills/review/bin/run
                        ./workspace/.git/config
                        ./workspace/src/main.txt

                        """)
                #expect(try await fixture.shell("~/.claude/skills/review/bin/again", in: bottle) == "ran\n")
                #expect(try await fixture.shell("stat -c '%s %a' ~/.claude-bottle-prompt.txt", in: bottle) == "0 600\n")
                #expect(
                    try await fixture.shell("cat ~/workspace/.git/config", in: bottle) == "[core]\n\tbare = false\n")
                #expect(try await fixture.shell("readlink ~/workspace/outside", in: bottle) == "/etc/hostname\n")
                #expect(try await fixture.shell("echo x >>~/.claude.json; stat -c %a /tmp", in: bottle) == "1777\n")
                // A copy: what the guest does to it is its own affair.
                _ = try await fixture.shell("echo changed >~/.claude/skills/review/SKILL.md", in: bottle)
                let source = host.root.appending(path: "m/skills/review/SKILL.md")
                #expect(try String(contentsOf: source, encoding: .utf8) == "look twice")
                try await fixture.driver.destroy(bottle)
            }
        }
    }

    @Test func withoutCopyCwdNothingOfTheWorkspaceArrives() async throws {
        try await Host.with { host in
            try host.write("w/file", "x")
            try await DriverFixture.run { fixture in
                let bottle = try await fixture.driver.launch(request(host, skills: [], prompt: "p"))
                #expect(try await fixture.shell("ls -A ~", in: bottle) == ".claude-bottle-prompt.txt\n")
                try await fixture.driver.destroy(bottle)
            }
        }
    }

    @Test func aSkillThatCannotBeTakenFailsTheLaunchAndLeavesNothing() async throws {
        try await Host.with { host in
            try host.write("secret", "host secret")
            try host.write("m/skills/leaky/SKILL.md", "x")
            try host.link("m/skills/leaky/loot", to: "../../../secret")
            mkfifo(host.root.appending(path: "m/skills/leaky2").path, 0o600)
            try host.write("m/skills/pipe/SKILL.md", "x")
            mkfifo(host.root.appending(path: "m/skills/pipe/p").path, 0o600)
            try host.link("m/skills/elsewhere", to: "/etc")
            try await DriverFixture.run { fixture in
                for skill in ["missing", "leaky", "leaky2", "pipe", "elsewhere"] {
                    let error = await #expect(throws: BottleError.self, "\(skill)") {
                        _ = try await fixture.driver.launch(request(host, skills: [skill]))
                    }
                    #expect(error?.message.contains(skill) == true, "\(String(describing: error))")
                    #expect(error?.code == .input)
                }
                let left = (try? FileManager.default.contentsOfDirectory(atPath: fixture.stateRoot)) ?? []
                #expect(left.filter { $0 != "lock" && !$0.hasPrefix(".") }.isEmpty, "\(left)")
            }
        }
    }
}
