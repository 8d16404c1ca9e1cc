// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import Glibc
    import Testing

    @Suite(.timeLimit(.minutes(2)))
    struct ProcessIOTests {
        @Test func streamsAndEndings() async throws {
            try await WorldFixture.withSandbox { launcher in
                let copy = try await WorldFixture.shell(
                    "cat; echo oops >&2; exit 7", in: launcher, stdin: Array("typed".utf8))
                #expect(
                    copy
                        == ProcessOutput(
                            ending: .exited(7), stdout: Array("typed".utf8), stderr: Array("oops\n".utf8),
                            truncated: false))
                let killed = try await WorldFixture.shell("kill -TERM $$", in: launcher)
                #expect(killed.ending == .signalled(SIGTERM))
                // Input that nobody reads must neither block nor end this process.
                let deaf = try await WorldFixture.shell(
                    "exec true", in: launcher, stdin: [UInt8](repeating: 65, count: 1 << 20))
                #expect(deaf.ending == .exited(0))
                let world = try await WorldFixture.shell("id -u; echo $$", in: launcher, sandbox: nil)
                #expect(world.text.hasPrefix("0\n"))
            }
        }

        @Test func largeStreamsArriveWholeOrCut() async throws {
            try await WorldFixture.withSandbox { launcher in
                let input = [UInt8]((0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) })
                let echoed = try await ProcessIO.run(
                    host: launcher, sandbox: "box", argv: ["cat"], environment: ["PATH=/usr/bin"], stdin: input,
                    deadline: .seconds(30))
                #expect(echoed.stdout == input && !echoed.truncated)
                let cut = try await ProcessIO.run(
                    host: launcher, sandbox: "box", argv: ["/bin/sh", "-c", "head -c 3000000 /dev/zero; echo end >&2"],
                    environment: ["PATH=/usr/bin"], deadline: .seconds(30), limit: 1000)
                #expect(cut.stdout.count == 1000 && cut.truncated && cut.errorText == "end\n")
            }
        }

        @Test func aDeadlineKillsTheSession() async throws {
            try await WorldFixture.withSandbox { launcher in
                let start = ContinuousClock.now
                // An interactive shell puts its jobs into process groups of their own.
                let output = try await WorldFixture.shell(
                    "echo before; set -m; sleep 300 & sleep 301", in: launcher, deadline: .milliseconds(400))
                #expect(output.ending == .timedOut && output.text == "before\n")
                #expect(ContinuousClock.now - start < .seconds(5))
                let left = try await WorldFixture.shell("cat /proc/[0-9]*/comm", in: launcher)
                #expect(!left.text.contains("sleep"), "\(left.text)")
            }
        }

        @Test func leftBehindProcessesDoNotHoldUpTheEnd() async throws {
            try await WorldFixture.withSandbox { launcher in
                let start = ContinuousClock.now
                let output = try await WorldFixture.shell("sleep 60 & echo done", in: launcher)
                #expect(output.text == "done\n" && output.ending == .exited(0))
                #expect(ContinuousClock.now - start < .seconds(10))
            }
        }

        @Test func cancellationKills() async throws {
            try await WorldFixture.withSandbox { launcher in
                let task = Task {
                    try await WorldFixture.shell("echo $$; sleep 60", in: launcher, deadline: .seconds(60))
                }
                let outer = try #require(launcher.processID)
                try await WorldFixture.waitForProcesses(4, below: outer)
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                let left = try await WorldFixture.shell("cat /proc/[0-9]*/comm", in: launcher)
                #expect(!left.text.contains("sleep"))
            }
        }

        @Test func aTerminalIsOfTheSandbox() async throws {
            try await WorldFixture.withSandbox { launcher in
                let output = try await WorldFixture.shell(
                    "tty; stty size; read line; echo got:$line; cat; ls -l $(tty) | cut -d' ' -f3", in: launcher,
                    terminal: true, stdin: Array("hello\n".utf8))
                #expect(output.ending == .exited(0))
                let lines = output.text.split(whereSeparator: \.isNewline).map(String.init)
                #expect(lines.contains("/dev/pts/0") && lines.contains("24 80"), "\(lines)")
                #expect(lines.contains("got:hello") && lines.last == "node", "\(lines)")
            }
        }

        @Test func programsThatCannotRunAreNotExits() async throws {
            try await WorldFixture.withSandbox { launcher in
                for (argv, directory, id, name) in [
                    (["/no/such"], "/", "exec", "ENOENT"), (["nosuch"], "/", "exec", "ENOENT"),
                    (["/etc/hosts"], "/", "exec", "EACCES"), (["/bin/true"], "/no/such", "directory", "ENOENT"),
                ] {
                    let error = await #expect(throws: BottleError.self) {
                        try await ProcessIO.run(
                            host: launcher, sandbox: "box", argv: argv, workingDirectory: directory,
                            deadline: .seconds(10))
                    }
                    let failure = error?.cause as? LauncherFailure
                    #expect(error?.code == .launch && failure?.id == id && failure?.errorName == name, "\(argv)")
                }
                let unknown = await #expect(throws: BottleError.self) {
                    _ = try await WorldFixture.shell("true", in: launcher, sandbox: "other")
                }
                #expect(unknown?.code == .notFound)
            }
        }

        @Test func destroyingASandboxEndsItsProcesses() async throws {
            try await WorldFixture.withSandbox { launcher in
                let outer = try #require(launcher.processID)
                async let running = WorldFixture.shell(
                    "setsid sleep 300 & echo; sleep 300", in: launcher, deadline: .seconds(60))
                try await WorldFixture.waitForProcesses(5, below: outer)
                try await launcher.destroySandbox("box")
                #expect(WorldFixture.descendants(of: outer).count == 1)
                #expect(try await running.ending == .signalled(SIGKILL))
                try await launcher.destroySandbox("box")
                _ = try await launcher.makeSandbox(WorldFixture.spec("box", network: "net"))
                #expect(try await WorldFixture.shell("echo again", in: launcher).text == "again\n")
            }
        }

        @Test func badRootsAreRefusedWhole() async throws {
            try await WorldFixture.withWorld { launcher in
                try await launcher.makeNetwork("net")
                let outer = try #require(launcher.processID)
                let entries: [SandboxSpec.Entry] = [
                    .readOnlyBind(source: "/no/such", path: "/x"), .device(path: "/dev/mem"),
                    .file(path: "relative", mode: 0o644, uid: 0, bytes: []),
                    .file(path: "/a/../b", mode: 0o644, uid: 0, bytes: []),
                ]
                for entry in entries {
                    await #expect(throws: BottleError.self) {
                        try await launcher.makeSandbox(WorldFixture.spec("box", network: "net", extra: [entry]))
                    }
                    #expect(WorldFixture.descendants(of: outer).count == 1)
                }
                await #expect(throws: BottleError.self) {
                    try await launcher.makeSandbox(WorldFixture.spec("box", network: "nowhere"))
                }
                // A link in the root must lead into the root, not to the machine's files.
                _ = try await launcher.makeSandbox(
                    WorldFixture.spec(
                        "box", network: "net",
                        extra: [
                            .symlink(path: "/out", target: "/opt/inner"),
                            .directory(path: "/opt/inner", mode: 0o755, uid: 0),
                            .file(path: "/out/file", mode: 0o600, uid: 1000, bytes: Array("mine".utf8)),
                        ]))
                let output = try await WorldFixture.shell(
                    "cat /opt/inner/file; stat -c ' %a %u' /opt/inner/file", in: launcher)
                #expect(output.text == "mine 600 1000\n")
                #expect(access("/opt/inner", F_OK) < 0)
            }
        }

        @Test func manyAtOnce() async throws {
            try await WorldFixture.withSandbox { launcher in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for index in 0..<60 {
                        group.addTask {
                            let output = try await WorldFixture.shell("echo \(index); exit \(index)", in: launcher)
                            return output.text == "\(index)\n" && output.ending == .exited(Int32(index))
                        }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
            }
        }
    }
#endif
