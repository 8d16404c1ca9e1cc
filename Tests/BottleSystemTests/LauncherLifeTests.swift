// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import CBottleShims
    import Glibc
    import Testing

    /// However one of the processes dies, nothing of the world may be left.
    @Suite(.timeLimit(.minutes(2)))
    struct LauncherLifeTests {
        /// The outer process and its descendants, with a sandbox whose guest sleeps.
        private func populated(_ launcher: Launcher) async throws -> (
            outer: Int32, first: Int32, all: [Int32], guest: any SpawnedProcess
        ) {
            try await launcher.makeNetwork("net")
            _ = try await launcher.makeSandbox(WorldFixture.spec("box", network: "net"))
            let null = open("/dev/null", O_RDWR | O_CLOEXEC)
            defer { close(null) }
            let request = SpawnRequest(
                argv: ["/bin/sh", "-c", "setsid sleep 600 & sleep 600"], environment: ["PATH=/usr/bin:/bin"],
                stdin: null, stdout: null, stderr: null)
            let guest = try await launcher.spawn(request, in: "box")
            let outer = try #require(launcher.processID)
            // PID 1 of the world and of the sandbox, the shell and two sleeps.
            let all = try await WorldFixture.waitForProcesses(5, below: outer)
            return (outer, try #require(all.first), all, guest)
        }

        @Test(arguments: [0, 1]) func killingTheLauncherEndsTheWorld(_ victim: Int) async throws {
            try await WorldFixture.withWorld { launcher in
                let (outer, first, all, guest) = try await populated(launcher)
                kill(victim == 0 ? outer : first, SIGKILL)
                await #expect(throws: BottleError.self) { try await guest.wait() }
                for process in all { #expect(try await WorldFixture.waitUntilGone(process)) }
                let error = await #expect(throws: BottleError.self) { try await launcher.makeNetwork("other") }
                #expect(error?.code == .transport)
                await launcher.stop()
                #expect(launcher.processID == nil)
            }
        }

        @Test func stopLeavesNothing() async throws {
            let launcher = try await Launcher.start(executable: try HelperExecutable.path("bottle-launcher"))
            let (outer, _, all, _) = try await populated(launcher)
            await launcher.stop()
            for process in all + [outer] { #expect(kill(process, 0) < 0 && errno == ESRCH) }
            await launcher.stop()
        }

        @Test func aForgottenLauncherEnds() async throws {
            var launcher: Launcher? = try await Launcher.start(
                executable: try HelperExecutable.path("bottle-launcher"))
            let outer = try #require(launcher?.processID)
            launcher = nil
            #expect(try await WorldFixture.waitUntilGone(outer))
        }

        /// The channel stays open here, so that only the parent-death signal can tell the launcher.
        @Test func theWorldEndsWithItsHarness() async throws {
            let python = "/usr/bin/python3"
            guard access(python, X_OK) == 0 else { return }
            var ours: Int32 = -1
            var theirs: Int32 = -1
            try #require(launcher_socket_pair(0, &ours, &theirs) == 0)
            defer { close(ours) }
            let script = """
                import os, subprocess, sys
                subprocess.Popen([sys.argv[1], "world", str(os.getpid())], stdin=0).wait()
                """
            let words: [String] = [python, "-c", script, try HelperExecutable.path("bottle-launcher")]
            let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
            defer { for argument in arguments { free(argument) } }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, theirs, 0)
            var harness: pid_t = 0
            let spawned = posix_spawn(&harness, python, &actions, nil, arguments + [nil], [nil])
            try #require(spawned == 0)
            close(theirs)
            defer {
                kill(harness, SIGKILL)
                waitpid(harness, nil, 0)
            }
            // The ready frame.
            try #require(launcher_wait_readable(ours, 20_000) == 1)
            let world = WorldFixture.descendants(of: harness)
            try #require(world.count >= 2)
            kill(harness, SIGKILL)
            for process in world { #expect(try await WorldFixture.waitUntilGone(process)) }
        }

        @Test func nonsenseOnTheChannelEndsTheWorld() async throws {
            let helper = try HelperExecutable.path("bottle-launcher")
            let frames: [[UInt8]] = [
                [255, 255, 255, 255], [12, 0, 0, 0] + [UInt8](repeating: 255, count: 12),
                [16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0],
                // One descriptor is announced and none comes.
                [12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
            ]
            for frame in frames {
                let (ending, _) = await DedicatedThread.run("raw-channel") { Self.exchange(helper, frame) }
                #expect(ending == 0, "\(frame)")
            }
            // A whole frame that asks for nothing known is answered, and the world lives on.
            let odd: [UInt8] = [17, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 200]
            let (_, answer) = await DedicatedThread.run("raw-channel") { Self.exchange(helper, odd) }
            #expect(String(decoding: answer, as: UTF8.self).contains("unknown operation 200"))
        }

        /// Starts a launcher by hand, says one thing, and returns its exit code and all it said. Runs on the thread
        /// that the launcher dies with.
        private static func exchange(_ helper: String, _ bytes: [UInt8]) -> (ending: Int32, answer: [UInt8]) {
            var ours: Int32 = -1
            var theirs: Int32 = -1
            guard launcher_socket_pair(0, &ours, &theirs) == 0 else { return (-1, []) }
            defer { close(ours) }
            let process = launcher_spawn(helper, theirs)
            close(theirs)
            guard process > 0 else { return (-1, []) }
            var answer: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            var isSent = false
            // Until the channel ends; half a second of silence after the request is the end as well.
            while launcher_wait_readable(ours, isSent ? 500 : 20_000) == 1 {
                let count = read(ours, &chunk, chunk.count)
                guard count > 0 else { break }
                answer += chunk.prefix(count)
                if !isSent { isSent = write(ours, bytes, bytes.count) == bytes.count }
            }
            shutdown(ours, Int32(SHUT_RDWR))
            var kind: Int32 = -1
            var code: Int32 = -1
            _ = launcher_wait_child(process, 1, &kind, &code)
            return (kind == 0 ? code : -1, answer)
        }

        @Test func aDeadSandboxIsReportedAndCanBeMadeAgain() async throws {
            try await WorldFixture.withSandbox { launcher in
                let outer = try #require(launcher.processID)
                let first = try #require(WorldFixture.descendants(of: outer).first)
                let before = WorldFixture.descriptors(of: first)
                let sandbox = try #require(WorldFixture.descendants(of: first).first)
                kill(sandbox, SIGKILL)
                #expect(try await WorldFixture.waitUntilGone(sandbox))
                let error = await #expect(throws: BottleError.self) {
                    _ = try await WorldFixture.shell("true", in: launcher)
                }
                #expect(error?.code == .notFound)
                for _ in 0..<3 {
                    try await launcher.destroySandbox("box")
                    _ = try await launcher.makeSandbox(WorldFixture.spec("box", network: "net"))
                    _ = try await WorldFixture.shell("true", in: launcher)
                    _ = try await WorldFixture.shell("true", in: launcher, terminal: true)
                    close(try await launcher.socket(in: "net", family: .ipv4, type: .datagram))
                    await #expect(throws: BottleError.self) {
                        try await launcher.makeSandbox(
                            WorldFixture.spec("bad", network: "net", extra: [.device(path: "/dev/mem")]))
                    }
                }
                #expect(WorldFixture.descriptors(of: first) == before)
            }
        }

        @Test func aMissingOrForeignExecutableIsReported() async throws {
            let missing = await #expect(throws: BottleError.self) {
                try await Launcher.start(executable: "/nonexistent/bottle-launcher")
            }
            #expect(missing?.code == .prerequisite)
            let foreign = await #expect(throws: BottleError.self) {
                try await Launcher.start(executable: "/bin/true")
            }
            #expect(foreign?.code == .transport)
        }

        @Test func aSilentLauncherIsGivenUp() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let silent = directory.path + "/silent"
            try await directory.write("#!/bin/sh\nexec /bin/sleep 600\n", to: silent)
            let start = ContinuousClock.now
            let error = await #expect(throws: BottleError.self) {
                try await Launcher.start(executable: silent, deadline: .milliseconds(100))
            }
            #expect(error?.code == .timeout)
            #expect(ContinuousClock.now - start < .seconds(20))
        }

        @Test func anOrdinaryUserHasAWorldToo() async throws {
            let setpriv = "/usr/bin/setpriv"
            guard geteuid() == 0, access(setpriv, X_OK) == 0 else { return }
            let directory = try TemporaryDirectory(mode: 0o755)
            defer { directory.remove() }
            let copy = directory.path + "/launcher"
            try await directory.copy(HelperExecutable.path("bottle-launcher"), to: copy)
            let wrapper = directory.path + "/wrapper"
            try await directory.write(
                "#!/bin/sh\nexec \(setpriv) --reuid 64999 --regid 64999 --clear-groups \(copy) \"$@\"\n", to: wrapper)
            let launcher = try await Launcher.start(executable: wrapper)
            do {
                #expect(launcher.identity.mapping == .single)
                for network in ["net", "other"] { try await launcher.makeNetwork(network) }
                try await launcher.makeWire(NetworkPort("net", "eth0"), NetworkPort("other", "eth0"))
                try await launcher.addAddress("10.77.9.3/24", to: NetworkPort("net", "eth0"))
                _ = try await launcher.makeSandbox(WorldFixture.spec("box", network: "net"))
                let output = try await WorldFixture.shell(
                    "id -u; grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; touch /tmp/x && echo ok; touch /x; "
                        + "echo x > /dev/null && echo null; tr -s ' ' < /proc/self/uid_map",
                    in: launcher)
                #expect(
                    output.text.split(separator: "\n").map(String.init) == [
                        "1000", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1",
                        "Seccomp:\t2", "ok", "null", " 1000 0 1",
                    ], "\(output)")
                let terminal = try await WorldFixture.shell("tty", in: launcher, terminal: true)
                #expect(terminal.text.hasPrefix("/dev/pts/0") || terminal.text.contains("/dev/pts/"), "\(terminal)")
                let error = await #expect(throws: BottleError.self) {
                    _ = try await WorldFixture.shell("true", in: launcher, uid: 0)
                }
                #expect((error?.cause as? LauncherFailure)?.id == "user")
                try await launcher.destroySandbox("box")
            } catch {
                await launcher.stop()
                throw error
            }
            await launcher.stop()
        }

        @Test func aRefusedWorldSaysWhatToDo() {
            for id in ["userns-disabled", "userns-restricted", "mount-proc", "no-id-range", "old-kernel"] {
                let error = LauncherFailure(id: id, text: "cannot make a user namespace: EPERM").error
                #expect(error.code == .prerequisite)
                #expect(error.message.hasPrefix("Cannot make a user namespace: EPERM. "))
                #expect((error.cause as? LauncherFailure)?.errorName == "EPERM")
            }
        }

        @Test func aLimitOfNoUserNamespacesIsNamed() async throws {
            // In a world of one's own the limit can be set without touching the machine's.
            try await WorldFixture.withWorld { launcher in
                guard launcher.identity.mapping == .range, access("/usr/bin/python3", X_OK) == 0 else { return }
                let directory = try TemporaryDirectory(mode: 0o755)
                defer { directory.remove() }
                let helper = directory.path + "/launcher"
                try await directory.copy(HelperExecutable.path("bottle-launcher"), to: helper)
                let script = """
                    import os, socket, subprocess, sys
                    open("/proc/sys/user/max_user_namespaces", "w").write("0")
                    os.setgroups([]); os.setgid(1000); os.setuid(1000)
                    ours, theirs = socket.socketpair()
                    subprocess.Popen([sys.argv[1], "world", str(os.getpid())], stdin=theirs)
                    theirs.close()
                    sys.stdout.buffer.write(ours.recv(4096))
                    """
                let output = try await ProcessIO.run(
                    host: launcher, sandbox: nil, argv: ["/usr/bin/python3", "-c", script, helper],
                    deadline: .seconds(20))
                #expect(output.text.contains("userns-disabled"), "\(output.text) \(output.errorText)")
                #expect(output.text.hasSuffix("cannot make a user namespace: ENOSPC"))
            }
        }
    }
#endif
