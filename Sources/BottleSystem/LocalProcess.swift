// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import CBottleShims
    import Glibc
    import Synchronization

    /// A program of this machine, started as a session of its own that ends with this process at the latest.
    package final class LocalProcess: SpawnedProcess {
        private struct State {
            var process: Int32?
            var result: Result<ProcessEnding, any Error>?
            var waiters: [CheckedContinuation<ProcessEnding, any Error>] = []
        }

        private let state = Mutex(State())
        /// The master of its terminal, which is the caller's to close.
        package let terminal: Int32?

        private init(terminal: Int32?) { self.terminal = terminal }

        /// Starts a program.
        ///
        /// - Parameters:
        ///   - request: Its first argument is the absolute path of the program; no user may be asked for. A terminal passes
        ///     everything on as it is: the one that matters is at the far end of the program.
        ///   - leash: The path of `bottle-launcher`.
        /// - Throws: `.prerequisite` when it cannot be executed, `.unsupported` for what is not offered here.
        package static func spawn(_ request: SpawnRequest, leash: String) async throws -> LocalProcess {
            guard request.uid == nil, let program = request.argv.first, program.hasPrefix("/") else {
                throw BottleError(.unsupported, "A program of this machine is started by its path and as this user.")
            }
            var request = request
            var ends: (master: Int32, side: Int32) = (-1, -1)
            if request.terminal {
                let result = launcher_open_raw_terminal(&ends.master, &ends.side)
                guard result >= 0 else {
                    throw BottleError(.io, "Cannot open a terminal: \(String(cString: launcher_error_name(-result))).")
                }
                let size = request.terminalSize
                _ = launcher_terminal_size(ends.master, size.rows, size.columns)
                (request.stdin, request.stdout, request.stderr) = (ends.side, ends.side, ends.side)
            }
            defer { if ends.side >= 0 { close(ends.side) } }
            let process = LocalProcess(terminal: request.terminal ? ends.master : nil)
            do {
                try await withCheckedThrowingContinuation { [request] (started: CheckedContinuation<Void, any Error>) in
                    // The kernel kills the program when the thread that started it ends: this one waits for it.
                    DedicatedThread.start("local-process") { process.serve(request, leash, started) }
                }
            } catch {
                if ends.master >= 0 { close(ends.master) }
                throw error
            }
            return process
        }

        private func serve(_ request: SpawnRequest, _ leash: String, _ started: CheckedContinuation<Void, any Error>) {
            let argv = [leash, "leash", "\(getpid())"] + request.argv
            let pid = Self.withVector(argv) { arguments in
                Self.withVector(request.environment) { environment in
                    launcher_spawn_program(
                        leash, arguments, environment, request.workingDirectory, request.stdin, request.stdout,
                        request.stderr)
                }
            }
            guard pid > 0 else {
                let reason = String(cString: launcher_error_name(-pid))
                started.resume(
                    throwing: BottleError(.prerequisite, "Cannot start \(request.argv[0]): \(reason)."))
                return
            }
            state.withLock { $0.process = pid }
            started.resume()
            var information = siginfo_t()
            while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
            let waiters = state.withLock { state in
                // Reaped under the lock: nobody signals a pid that may be somebody else's.
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0, errno == EINTR {}
                state.process = nil
                let signal = status & 0x7f
                state.result = .success(signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal))
                defer { state.waiters = [] }
                return state.waiters
            }
            guard let result = state.withLock({ $0.result }) else { return }
            for waiter in waiters { waiter.resume(with: result) }
        }

        /// How the program ended; not interrupted by cancellation: whoever gives up kills it first.
        package func wait() async throws -> ProcessEnding {
            try await withCheckedThrowingContinuation { continuation in
                let known = state.withLock { state -> Result<ProcessEnding, any Error>? in
                    if state.result == nil { state.waiters.append(continuation) }
                    return state.result
                }
                if let known { continuation.resume(with: known) }
            }
        }

        /// Kills the program and its process group.
        package func kill() async {
            state.withLock { state in
                guard let process = state.process else { return }
                _ = Glibc.kill(-process, SIGKILL)
                _ = Glibc.kill(process, SIGKILL)
            }
        }

        private static func withVector<Result>(
            _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Result
        ) -> Result {
            var vector = strings.map { strdup($0) } + [nil]
            defer { for pointer in vector { free(pointer) } }
            return vector.withUnsafeMutableBufferPointer { body($0.baseAddress) }
        }
    }
#endif
