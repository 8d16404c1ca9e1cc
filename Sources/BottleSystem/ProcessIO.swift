// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import CBottleShims
    import Glibc
    import Synchronization

    /// Runs a process of a world to its end: feeds its standard input, collects its output, kills it at a deadline.
    package struct ProcessIO {
        /// Bytes a stream may have unless the caller says otherwise: 8 MiB.
        package static let defaultLimit = 8 << 20

        /// Runs `argv` and returns when it has ended; a process it left behind does not hold up the return.
        ///
        /// - Parameters:
        ///   - sandbox: nil is the world itself.
        ///   - uid: nil is the sandbox's own.
        ///   - stdin: With a terminal it is typed, followed by end-of-file.
        ///   - deadline: From now; when it passes the session is killed and the ending is `timedOut`.
        ///   - limit: Bytes kept of each stream.
        /// - Throws: `BottleError` when the process could not be started or the world is gone, `CancellationError` after
        ///   the process has been killed because the task was cancelled.
        package static func run(
            host: any NamespaceHost, sandbox: String?, argv: [String], environment: [String] = [],
            workingDirectory: String = "/", uid: UInt32? = nil, terminal: Bool = false, stdin: [UInt8] = [],
            deadline: Duration, limit: Int = defaultLimit
        ) async throws -> ProcessOutput {
            try await run(
                argv: argv, environment: environment, workingDirectory: workingDirectory, uid: uid, terminal: terminal,
                stdin: stdin, deadline: deadline, limit: limit
            ) { try await host.spawn($0, in: sandbox) }
        }

        /// The same for a process that `spawn` starts.
        package static func run(
            argv: [String], environment: [String] = [], workingDirectory: String = "/", uid: UInt32? = nil,
            terminal: Bool = false, stdin: [UInt8] = [], deadline: Duration, limit: Int = defaultLimit,
            spawn: (SpawnRequest) async throws -> any SpawnedProcess
        ) async throws -> ProcessOutput {
            let end = ContinuousClock.now + deadline
            let pipes = try Pipes(terminal: terminal)
            defer { pipes.closeAll() }
            let request = SpawnRequest(
                argv: argv, environment: environment, workingDirectory: workingDirectory, uid: uid,
                stdin: pipes.childEnd(0), stdout: pipes.childEnd(1), stderr: pipes.childEnd(2), terminal: terminal)
            let process = try await spawn(request)
            pipes.closeChildEnds()
            if let master = process.terminal { pipes.adopt(terminal: master) }
            let pump = StreamPump(
                input: pipes.input, output: pipes.output, error: pipes.error, wake: pipes.wakeReader, stdin: stdin,
                terminal: terminal, end: end, limit: limit, closeInput: { pipes.closeInput() })
            async let ended = waitForEnd(of: process, pipes)
            let collected = await withTaskCancellationHandler {
                await DedicatedThread.run("process-io") { pump.run() }
            } onCancel: {
                pipes.wake(StreamPump.cancelled)
            }
            if collected.reason != .ended { await process.kill() }
            let ending = try await ended
            try Task.checkCancellation()
            return ProcessOutput(
                ending: collected.reason == .deadline ? .timedOut : ending, stdout: collected.stdout,
                stderr: collected.stderr, truncated: collected.truncated)
        }

        /// Waits without end: the process is killed at its deadline, and a launcher that is gone fails the wait.
        private static func waitForEnd(of process: any SpawnedProcess, _ pipes: Pipes) async throws
            -> ProcessOutput.Ending
        {
            defer { pipes.wake(StreamPump.ended) }
            switch try await process.wait() {
            case .exited(let code): return .exited(code)
            case .signalled(let signal): return .signalled(signal)
            }
        }
    }

    /// The descriptors of one run.
    private final class Pipes: Sendable {
        private let children: [Int32]
        private let parents: [Int32]
        private let wakeEnds: [Int32]
        private let state = Mutex(State())

        private struct State {
            var terminal: Int32?
            var childrenOpen = true
            var inputOpen = true
        }

        init(terminal: Bool) throws(BottleError) {
            var made: [(read: Int32, write: Int32)] = []
            for _ in 0..<(terminal ? 1 : 4) {
                var ends: (read: Int32, write: Int32) = (-1, -1)
                let result = launcher_pipe(&ends.read, &ends.write)
                guard result >= 0 else {
                    for pair in made {
                        close(pair.read)
                        close(pair.write)
                    }
                    throw BottleError(.io, "Cannot make a pipe: \(String(cString: strerror(-result))).")
                }
                made.append(ends)
            }
            wakeEnds = [made[0].read, made[0].write]
            children = terminal ? [] : [made[1].read, made[2].write, made[3].write]
            parents = terminal ? [] : [made[1].write, made[2].read, made[3].read]
            for descriptor in parents { Self.makeNonBlocking(descriptor) }
        }

        func childEnd(_ index: Int) -> Int32 { children.isEmpty ? -1 : children[index] }

        var input: Int32 { parents.first ?? state.withLock { $0.terminal } ?? -1 }
        var output: Int32 { parents.isEmpty ? input : parents[1] }
        var error: Int32 { parents.isEmpty ? -1 : parents[2] }
        var wakeReader: Int32 { wakeEnds[0] }

        func adopt(terminal: Int32) {
            Self.makeNonBlocking(terminal)
            state.withLock { $0.terminal = terminal }
        }

        func wake(_ byte: UInt8) {
            var byte = byte
            while write(wakeEnds[1], &byte, 1) < 0, errno == EINTR {}
        }

        func closeChildEnds() {
            let wereOpen = state.withLock { state in
                defer { state.childrenOpen = false }
                return state.childrenOpen
            }
            if wereOpen { for descriptor in children { close(descriptor) } }
        }

        /// Ends the process's standard input; idempotent.
        func closeInput() {
            let wasOpen = state.withLock { state in
                defer { state.inputOpen = false }
                return state.inputOpen
            }
            if wasOpen, let input = parents.first { close(input) }
        }

        func closeAll() {
            closeChildEnds()
            closeInput()
            for descriptor in parents.dropFirst() + wakeEnds { close(descriptor) }
            if let terminal = state.withLock({ $0.terminal }) { close(terminal) }
        }

        private static func makeNonBlocking(_ descriptor: Int32) {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
    }
#endif
