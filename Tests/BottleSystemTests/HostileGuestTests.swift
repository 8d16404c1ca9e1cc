// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import Glibc
    import Testing

    /// What a hostile process in a sandbox tries against its neighbours, the launcher and the machine.
    @Suite(.timeLimit(.minutes(2)))
    struct HostileGuestTests {
        @Test(arguments: [1000, 0] as [UInt32])
        func aProgramThatCannotBeReadRunsInAProcessThatCannotBeReadEither(_ user: UInt32) async throws {
            let program = SandboxSpec.Entry.program(source: "/usr/bin/sleep", path: "/bottle/sleep", uid: 0)
            try await WorldFixture.withSandbox(extra: [program]) { launcher in
                if user == 0, launcher.identity.mapping == .single { return }
                let script = #"""
                    /bottle/sleep 60 & p=$!
                    until [ "$(cat /proc/$p/comm)" = sleep ]; do :; done
                    for f in environ maps; do cat /proc/$p/$f > /tmp/leak && echo leaked $f; done
                    for f in cwd root exe fd/0; do readlink /proc/$p/$f && echo leaked $f; done
                    (: <> /proc/$p/mem) && echo leaked mem
                    chmod 755 /bottle/sleep && echo changed
                    cat /bottle/sleep > /tmp/leak && echo leaked program
                    grep -q ' /bottle' /proc/self/mountinfo && echo leaked path
                    kill -9 $p; echo end
                    """#
                let output = try await WorldFixture.shell(script, in: launcher, uid: user)
                #expect(output.text == "end\n", "\(output.errorText)")
            }
        }

        @Test func theCommandLineOfPidOneSaysNothingOfTheMachine() async throws {
            try await WorldFixture.withSandbox { launcher in
                let output = try await WorldFixture.shell("tr -d '\\0' < /proc/1/cmdline | wc -c", in: launcher)
                #expect(output.text.filter { $0.isNumber } == "0")
            }
        }

        /// A core limit of 0 does not stop a `core_pattern` that is a pipe; 1 does.
        @Test func theCoreLimitCannotBeLowered() async throws {
            var own = rlimit()
            #expect(getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &own) == 0)
            let expected = own.rlim_max == 0 ? "0" : "1"
            try await WorldFixture.withSandbox { launcher in
                let script = "ulimit -c 0 && sh -c 'grep \"Max core\" /proc/self/limits'; ulimit -n 64 && ulimit -n"
                let output = try await WorldFixture.shell(script, in: launcher)
                let words = output.text.split(whereSeparator: \.isWhitespace)
                #expect(words == ["Max", "core", "file", "size", "\(expected)", "\(expected)", "bytes", "64"])
            }
        }

        @Test func aPairOfSocketsOpensNoOtherFamily() async throws {
            guard access("/usr/bin/perl", X_OK) == 0 else { return }
            let script = """
                socketpair(A, B, 1, 1, 0) and print "unix\\n"; \
                for (2, 10, 16, 30, 38, 40) { socketpair(A, B, $_, 1, 0); print $! + 0, "\\n" }
                """
            try await WorldFixture.withSandbox { launcher in
                let output = try await ProcessIO.run(
                    host: launcher, sandbox: "box", argv: ["/usr/bin/perl", "-MSocket", "-e", script],
                    deadline: .seconds(20))
                #expect(output.text == "unix\n" + String(repeating: "\(EPERM)\n", count: 6), "\(output.errorText)")
            }
        }

        /// Empty files take memory, but nothing of a tmpfs's size.
        @Test func emptyFilesAreBoundedToo() async throws {
            try await WorldFixture.withSandbox { launcher in
                let output = try await WorldFixture.shell("stat -f -c %c / /tmp /home/node", in: launcher)
                #expect(output.text == "16384\n16384\n4096\n")
            }
        }

        @Test func aDirectoryOfTheMachineIsNoStandardStream() async throws {
            let root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            let null = open("/dev/null", O_RDWR | O_CLOEXEC)
            defer {
                close(root)
                close(null)
            }
            try await WorldFixture.withSandbox { launcher in
                let request = SpawnRequest(
                    argv: ["/bin/ls", "/proc/self/fd/0/"], environment: [], stdin: root, stdout: null, stderr: null)
                let error = await #expect(throws: BottleError.self) { try await launcher.spawn(request, in: "box") }
                #expect(error?.message.contains("directory") == true)
            }
        }

        /// A guest may stop every process of its user, also one that is about to run a program for the harness; only its
        /// own sandbox may suffer.
        @Test func aGuestThatStopsNewcomersDoesNotStopTheWorld() async throws {
            let null = open("/dev/null", O_RDWR | O_CLOEXEC)
            defer { close(null) }
            try await WorldFixture.withSandbox { launcher in
                _ = try await launcher.makeSandbox(WorldFixture.spec("good", network: "net"))
                func start(_ script: String) async throws -> any SpawnedProcess {
                    try await launcher.spawn(
                        SpawnRequest(
                            argv: ["/bin/bash", "-c", script], environment: [], stdin: null, stdout: null, stderr: null),
                        in: "box")
                }
                // One alone: two would stop each other.
                _ = try await start("while :; do kill -STOP -1; done")
                for _ in 0..<20 {
                    do {
                        await (try await start("true")).kill()
                    } catch let error as BottleError {
                        #expect("\(error)".contains("stopped by another one"))
                    }
                    #expect(try await WorldFixture.shell("echo good", in: launcher, sandbox: "good").text == "good\n")
                }
                try await launcher.destroySandbox("box")
            }
        }
    }
#endif
