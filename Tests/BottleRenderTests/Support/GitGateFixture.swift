// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleRender
import Foundation
import Testing

/// The rendered scripts in front of an upstream repository, with an `ssh` that stays on this machine.
///
/// Everything is the real git; the ssh of the fixture writes down its arguments and runs the far end's command itself.
struct GitGateFixture {
    let root: URL
    let input: GitGateInput

    /// The bare repository behind the gate.
    var upstream: URL { root.appending(path: "upstream.git") }
    /// The gate's own bare repository.
    var gate: String { "\(input.basePath)/app.git" }
    /// The work tree of the one who pushes.
    var work: URL { root.appending(path: "work") }

    static var isPossible: Bool { Command.path("git") != nil && Command.path("timeout") != nil }

    /// Runs `body` with a gate whose upstream has one commit on `main`.
    static func with(port: UInt16 = 9418, _ body: (GitGateFixture) async throws -> Void) async throws {
        try await Command.withScratch { root in
            let repository = GitGateInput.Repository(
                name: "app", upstream: "ssh://git@git.example.com\(root.path)/upstream.git",
                identityFile: "\(root.path)/identity", knownHostsFile: "\(root.path)/known_hosts")
            let input = GitGateInput(
                listenAddress: "127.0.0.1", port: port, basePath: "\(root.path)/srv", scriptsPath: "\(root.path)/gate",
                repositories: [repository], upstreamTimeout: 30)
            let fixture = GitGateFixture(root: root, input: input)
            try await fixture.setUp()
            try await body(fixture)
        }
    }

    private func setUp() async throws {
        try GitGateScripts.render(input).write(to: root.appending(path: "gate"))
        try FileManager.default.createDirectory(at: root.appending(path: "bin"), withIntermediateDirectories: false)
        try await install(
            "ssh",
            """
            #!/bin/sh
            printf '%s\\n' "$@" >>'\(root.path)/ssh.log'
            for last; do :; done
            unset GIT_QUARANTINE_PATH GIT_SSH_COMMAND
            exec sh -c "$last"

            """)
        for argv in [
            ["init", "--quiet", "--bare", "--initial-branch=main", upstream.path],
            ["init", "--quiet", "--initial-branch=main", work.path],
        ] {
            try await require(try await git(argv, in: root))
        }
        try await commit("README", "hello\n", message: "first")
        try await require(try await git(["push", "--quiet", upstream.path, "main"]))
        // Only the last step of the entrypoint is not for here: it serves.
        try await install(
            "git",
            """
            #!/bin/sh
            [ "$1" = daemon ] || exec '\(try #require(Command.path("git")))' "$@"
            printf '%s\\n' "$@" >'\(root.path)/daemon.log'

            """)
        try await require(
            try await Command.run(["/bin/sh", "\(root.path)/gate/entrypoint"], in: root, environment: environment))
        try FileManager.default.removeItem(at: root.appending(path: "bin/git"))
        try await require(try await access("upload-pack"))
        try? FileManager.default.removeItem(at: root.appending(path: "ssh.log"))
    }

    /// Puts a program in front of everything else in PATH.
    ///
    /// A process of its own writes it: a descriptor of this one could be inherited by whatever another test forks just
    /// then, and a file that somebody may still write cannot be executed (ETXTBSY).
    func install(_ name: String, _ script: String) async throws {
        let draft = root.appending(path: "\(name).draft")
        try Data(script.utf8).write(to: draft)
        try await require(
            try await Command.run(["install", "-m", "755", draft.path, "\(root.path)/bin/\(name)"], in: root))
    }

    var environment: [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return [
            "PATH": "\(root.path)/bin:\(path)", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example", "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example", "TMPDIR": root.path, "HOME": root.path,
        ]
    }

    func git(_ arguments: [String], in directory: URL? = nil) async throws -> Command {
        try await Command.run(["git"] + arguments, in: directory ?? work, environment: environment)
    }

    /// Pushes from the work tree to the gate, past git daemon: the same receive-pack, the same hook.
    func push(_ arguments: String...) async throws -> Command {
        try await git(
            ["push", "--quiet"] + arguments.filter { $0.hasPrefix("-") } + [gate]
                + arguments.filter { !$0.hasPrefix("-") })
    }

    /// Calls the access hook as git daemon does.
    func access(_ service: String, repository: String? = nil) async throws -> Command {
        try await Command.run(
            ["/bin/sh", "\(root.path)/gate/access", service, repository ?? gate, "", "", "", ""], in: root,
            environment: environment)
    }

    func commit(_ file: String, _ content: String, message: String) async throws {
        try Data(content.utf8).write(to: work.appending(path: file))
        try await require(try await git(["add", "--all"]))
        try await require(try await git(["commit", "--quiet", "--allow-empty", "-m", message]))
    }

    /// What a reference of a repository points at, nil when it is not there.
    func reference(_ name: String, in repository: String) async throws -> String? {
        let run = try await git(["--git-dir=\(repository)", "rev-parse", "--quiet", "--verify", name], in: root)
        return run.status == 0 ? String(decoding: run.stdout, as: UTF8.self) : nil
    }

    /// The arguments of every ssh since the gate was set up, one a line; nil when none ran.
    var sshArguments: [String]? {
        (try? String(contentsOf: root.appending(path: "ssh.log"), encoding: .utf8))?.split(separator: "\n")
            .map(String.init)
    }

    func require(_ run: Command) async throws {
        try #require(run.status == 0, "\(run.stderr)\(String(decoding: run.stdout, as: UTF8.self))")
    }
}
