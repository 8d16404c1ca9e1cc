// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleRender
import Foundation
import Testing

@Suite(.enabled(if: GitGateFixture.isPossible, "git or timeout is not installed"))
struct GitGateHookTests {
    /// What looks like a secret and is none; in two parts, so that no scanner takes this file for one.
    private static let secret = "AKIA" + "ABCDEFGHIJKLMNOP"

    @Test func cleanPushReachesTheUpstreamWithItsIdentityAndPinnedKeys() async throws {
        try await GitGateFixture.with { gate in
            try await gate.commit("a", "harmless\n", message: "second")
            let run = try await gate.push("main")
            #expect(run.status == 0, "\(run.stderr)")
            let head = try await gate.reference("HEAD", in: "\(gate.work.path)/.git")
            #expect(try await gate.reference("refs/heads/main", in: gate.upstream.path) == head)
            #expect(try await gate.reference("refs/heads/main", in: gate.gate) == head)
            let ssh = try #require(gate.sshArguments)
            let expected = [
                "-F", "/dev/null", "-i", "\(gate.root.path)/identity", "-o",
                "UserKnownHostsFile=\(gate.root.path)/known_hosts", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
                "-o", "StrictHostKeyChecking=yes", "-o", "UpdateHostKeys=no", "-o", "GlobalKnownHostsFile=/dev/null",
            ]
            #expect(Array(ssh.prefix(expected.count)) == expected)
            #expect(ssh.contains("git@git.example.com"))
        }
    }

    @Test func secretIsRefusedBeforeAnybodyHearsOfIt() async throws {
        try await GitGateFixture.with { gate in
            let before = try await gate.reference("refs/heads/main", in: gate.gate)
            // Added and taken out again: it is in the history all the same.
            try await gate.commit("a", "key = \(Self.secret)\n", message: "second")
            try await gate.commit("a", "key = none\n", message: "third")
            for arguments in [["main"], ["main:refs/heads/other"], ["--push-option=x", "main"]] {
                let run = try await gate.git(
                    ["push", "--quiet"] + arguments.dropLast() + [gate.gate, arguments.last ?? ""])
                #expect(run.status != 0)
                // Options are refused by git itself, which does not offer them.
                #expect(run.stderr.contains("looks like a secret") || run.stderr.contains("push option"))
            }
            #expect(try await gate.reference("refs/heads/main", in: gate.gate) == before)
            #expect(gate.sshArguments == nil)
        }
    }

    @Test func secretHidesNowhere() async throws {
        try await GitGateFixture.with { gate in
            let start = try await gate.reference("HEAD", in: "\(gate.work.path)/.git")
            let first = try #require(start).trimmingCharacters(in: .whitespacesAndNewlines)
            // In a message, in a file's name, behind an attribute that calls it binary, in a binary file.
            let hidden: [(String, String, String)] = [
                ("b", "x", "message \(Self.secret)"), ("n-\(Self.secret)", "x", "name"),
                (".gitattributes", "* binary -diff\n# \(Self.secret)", "attributes"),
                ("bin", "\u{0}\u{1}\(Self.secret)", "binary"),
            ]
            for (file, content, message) in hidden {
                try await gate.require(try await gate.git(["checkout", "--quiet", "-B", "try", first]))
                try await gate.commit(file, content, message: message)
                #expect(try await gate.push("try").stderr.contains("looks like a secret"), "\(message)")
            }
            try await gate.require(try await gate.git(["checkout", "--quiet", "-B", "tagged", first]))
            try await gate.require(try await gate.git(["tag", "-a", "-m", "release \(Self.secret)", "v1"]))
            #expect(try await gate.push("refs/tags/v1").stderr.contains("looks like a secret"))
            // Only in what a merge itself adds.
            try await gate.require(try await gate.git(["checkout", "--quiet", "-B", "side", first]))
            try await gate.commit("s", "side\n", message: "side")
            try await gate.require(try await gate.git(["checkout", "--quiet", "-B", "merge", first]))
            try await gate.commit("m", "main\n", message: "main")
            try await gate.require(try await gate.git(["merge", "--quiet", "--no-commit", "--no-ff", "side"]))
            try await gate.commit("evil", Self.secret, message: "merge")
            #expect(try await gate.push("merge").stderr.contains("looks like a secret"))
            #expect(gate.sshArguments == nil)
        }
    }

    @Test func onlyBranchesAndTagsThatNameCommitsPass() async throws {
        try await GitGateFixture.with { gate in
            try await gate.commit("a", "x\n", message: "second")
            #expect(try await gate.push("main:refs/replace/x").status != 0)
            #expect(try await gate.push("main:refs/notes/x").stderr.contains("only branches and tags"))
            #expect(try await gate.push(":refs/heads/main").status != 0)
            #expect(try await gate.push("HEAD^{tree}:refs/tags/tree").stderr.contains("only what names a commit"))
            #expect(gate.sshArguments == nil)
            // Several at once, a tag among them.
            try await gate.require(try await gate.git(["tag", "-a", "-m", "one", "v1"]))
            #expect(try await gate.push("main", "refs/tags/v1").status == 0)
            #expect(try await gate.reference("refs/tags/v1", in: gate.upstream.path) != nil)
        }
    }

    @Test func whatTheUpstreamRefusesTheGateRefuses() async throws {
        try await GitGateFixture.with { gate in
            let before = try await gate.reference("refs/heads/main", in: gate.gate)
            try await gate.install("ssh", "#!/bin/sh\nexit 255\n")
            try await gate.commit("a", "x\n", message: "second")
            #expect(try await gate.push("main").stderr.contains("the upstream did not take the push"))
            #expect(try await gate.reference("refs/heads/main", in: gate.gate) == before)
            let fetch = try await gate.access("upload-pack")
            #expect(fetch.status != 0 && fetch.stdout == Array("the upstream cannot be read\n".utf8))
        }
    }

    @Test(arguments: [(0, true, ""), (42, false, "gitleaks found a secret"), (1, false, "gitleaks failed")])
    func gitleaksIsAskedInAWayThePusherCannotChange(code: Int, passes: Bool, said: String) async throws {
        try await GitGateFixture.with { gate in
            try await gate.install(
                "gitleaks",
                """
                #!/bin/sh
                printf '%s\\n' "$@" "config=${GITLEAKS_CONFIG-none}" >>'\(gate.root.path)/gitleaks.log'
                exit \(code)

                """)
            try await gate.commit("a", "x # gitleaks:allow\n", message: "second")
            let run = try await gate.push("main")
            #expect((run.status == 0) == passes && (passes || run.stderr.contains(said)), "\(run.stderr)")
            #expect((gate.sshArguments != nil) == passes)
            let log = try String(contentsOf: gate.root.appending(path: "gitleaks.log"), encoding: .utf8)
            let scripts = gate.input.scriptsPath
            for argument in [
                "git", "--redact", "--exit-code=42", "--ignore-gitleaks-allow", "--config=\(scripts)/gitleaks.toml",
                "--gitleaks-ignore-path=\(scripts)/hooks", "config=none",
            ] {
                #expect(log.split(separator: "\n").contains(Substring(argument)), "\(argument)")
            }
        }
    }

    @Test func fetchSeesWhatTheUpstreamHasNow() async throws {
        try await GitGateFixture.with { gate in
            try await gate.commit("a", "x\n", message: "second")
            try await gate.require(
                try await gate.git(["push", "--quiet", gate.upstream.path, "main", "main:refs/heads/x"]))
            try await gate.require(try await gate.access("upload-pack"))
            let head = try await gate.reference("HEAD", in: "\(gate.work.path)/.git")
            #expect(try await gate.reference("HEAD", in: gate.gate) == head)
            #expect(try await gate.reference("refs/heads/x", in: gate.gate) == head)
            try await gate.require(try await gate.git(["push", "--quiet", gate.upstream.path, ":refs/heads/x"]))
            try await gate.require(try await gate.access("upload-pack"))
            #expect(try await gate.reference("refs/heads/x", in: gate.gate) == nil)
            #expect(try await gate.access("receive-pack").status == 0)
            #expect(try await gate.access("upload-archive").status != 0)
            #expect(try await gate.access("upload-pack", repository: "\(gate.root.path)/upstream.git").status != 0)
        }
    }

    @Test func daemonServesTheDeclaredRepositoriesOnly() async throws {
        try await GitGateFixture.with { gate in
            let log = try String(contentsOf: gate.root.appending(path: "daemon.log"), encoding: .utf8)
            let arguments = log.split(separator: "\n").map(String.init)
            #expect(arguments.first == "daemon")
            for flag in [
                "--strict-paths", "--base-path=\(gate.input.basePath)", "--listen=127.0.0.1", "--port=9418",
                "--enable=receive-pack", "--disable=upload-archive",
                "--access-hook=\(gate.input.scriptsPath)/access",
            ] {
                #expect(arguments.contains(flag), "\(flag)")
            }
            #expect(!arguments.contains("--export-all"))
            #expect(arguments.suffix(2) == ["--", gate.gate])
            #expect(FileManager.default.fileExists(atPath: "\(gate.gate)/git-daemon-export-ok"))
        }
    }
}
