// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import CBottleShims
    import Dispatch
    import Glibc
    import Synchronization

    /// The harness's end of the control channel, and the launcher process behind it.
    final class LauncherConnection: Sendable {
        struct Reply: Sendable {
            var fields: [[UInt8]]
            /// Owned by the receiver.
            var descriptors: [Int32]
        }

        private struct State {
            var socket: Int32?
            var process: Int32?
            var greeting: CheckedContinuation<[[UInt8]], any Error>?
            var nextID: UInt32 = 1
            var pending: [UInt32: CheckedContinuation<Reply, any Error>] = [:]
            var processes: [UInt32: LauncherProcess] = [:]
            var isFinished = false
            var finishWaiters: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Mutex(State())
        /// Writes, and closes the socket, so that no write can meet a descriptor that is somebody else's by then.
        private let writer = DispatchQueue(label: "bottle-launcher.writer")
        private let timers = DispatchQueue(label: "bottle-launcher.timers")

        private static var broken: BottleError {
            BottleError(.transport, "The launcher is gone: it was stopped or killed, and its world with it.")
        }

        /// The pid of the outer process while it lives.
        var process: Int32? { state.withLock { $0.process } }

        // MARK: Start and stop

        /// Starts the launcher and returns the fields of its `ready` event.
        func open(_ executable: String, deadline: Duration) async throws -> [[UInt8]] {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { $0.greeting = continuation }
                timers.asyncAfter(deadline: .now() + deadline.dispatch) { [weak self] in
                    self?.greet(
                        .failure(BottleError(.timeout, "The launcher did not set up its world in \(deadline).")))
                }
                DedicatedThread.start("bottle-launcher") { self.serve(executable) }
            }
        }

        /// Talks to a launcher that somebody else started, over a connected socket that is this object's from now on.
        func adopt(_ socket: Int32, deadline: Duration) async throws -> [[UInt8]] {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { state in
                    state.greeting = continuation
                    state.socket = socket
                }
                timers.asyncAfter(deadline: .now() + deadline.dispatch) { [weak self] in
                    self?.greet(
                        .failure(BottleError(.timeout, "The launcher did not greet within \(deadline).")))
                }
                DedicatedThread.start("bottle-launcher") {
                    self.read(socket)
                    self.finish(nil, socket)
                }
            }
        }

        /// Ends the launcher and everything in its world, and returns when that is done; one that does not end by itself
        /// within `grace` is killed.
        func stop(grace: Duration = .seconds(5)) async {
            hangUp()
            timers.asyncAfter(deadline: .now() + grace.dispatch) { [weak self] in self?.killProcess() }
            await withCheckedContinuation { continuation in
                let isFinished = state.withLock { state in
                    if !state.isFinished { state.finishWaiters.append(continuation) }
                    return state.isFinished
                }
                if isFinished { continuation.resume() }
            }
        }

        /// Closes the channel, which makes the launcher exit; returns at once.
        func hangUp() {
            state.withLock { state in
                if let socket = state.socket { _ = shutdown(socket, Int32(SHUT_RDWR)) }
            }
        }

        /// The pid is ours to signal as long as it is in the state: it is reaped under the same lock.
        private func killProcess() {
            state.withLock { state in
                if let process = state.process { _ = Glibc.kill(process, SIGKILL) }
            }
        }

        // MARK: Calls

        /// Sends a request and waits for its reply; `descriptors` stay the caller's.
        func call(
            _ operation: LauncherOperation, _ fields: [[UInt8]], descriptors: [Int32] = [],
            process: LauncherProcess? = nil, id given: UInt32? = nil, deadline: Duration = .seconds(10)
        ) async throws -> Reply {
            let id = given ?? nextID()
            let frame = LauncherFrame(
                id: id, descriptors: UInt32(descriptors.count), fields: [[operation.rawValue]] + fields)
            let bytes = frame.encoded
            guard bytes.count - 4 <= LauncherFrame.limit else {
                throw BottleError(.input, "A request to the launcher has \(bytes.count) bytes; the limit is 8 MiB.")
            }
            // Copies: the caller may close its own as soon as this returns, which a deadline can make happen early.
            let copies = descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
            guard !copies.contains(where: { $0 < 0 }) else {
                for copy in copies where copy >= 0 { close(copy) }
                throw BottleError(.io, "Cannot pass a descriptor to the launcher: it is closed, or too many are open.")
            }
            return try await withCheckedThrowingContinuation { continuation in
                let isOpen = state.withLock { state in
                    guard state.socket != nil, !state.isFinished else { return false }
                    state.pending[id] = continuation
                    state.processes[id] = process
                    return true
                }
                guard isOpen else {
                    for copy in copies { close(copy) }
                    continuation.resume(throwing: Self.broken)
                    return
                }
                timers.asyncAfter(deadline: .now() + deadline.dispatch) { [weak self] in
                    self?.expire(id, operation, deadline)
                }
                writer.async {
                    self.write(bytes, copies)
                    for copy in copies { close(copy) }
                }
            }
        }

        func nextID() -> UInt32 {
            state.withLock { state in
                defer { state.nextID = state.nextID == .max ? 1 : state.nextID + 1 }
                return state.nextID
            }
        }

        private func expire(_ id: UInt32, _ operation: LauncherOperation, _ deadline: Duration) {
            let continuation = state.withLock { $0.pending.removeValue(forKey: id) }
            guard let continuation else { return }
            continuation.resume(
                throwing: BottleError(.timeout, "The launcher did not answer a \(operation) request in \(deadline)."))
            guard operation == .spawn else { return }
            // Nobody will know the process should it start after all. Requests are served in order.
            let kill = LauncherFrame(
                id: nextID(), fields: [[LauncherOperation.kill.rawValue], LauncherFrame.bytes(of: id)])
            writer.async { self.write(kill.encoded, []) }
        }

        /// Runs on the writer's queue.
        private func write(_ bytes: [UInt8], _ descriptors: [Int32]) {
            var position = 0
            while position < bytes.count {
                guard let socket = state.withLock({ $0.socket }) else { return }
                let passed = position == 0 ? descriptors : []
                let count = bytes.withUnsafeBytes { whole in
                    launcher_send(
                        socket, whole.baseAddress.map { $0 + position }, whole.count - position, passed,
                        Int32(passed.count))
                }
                // The reader sees the end of the channel too, and fails the calls.
                guard count > 0 else { return }
                position += Int(count)
            }
        }

        // MARK: The reader's thread

        private func serve(_ executable: String) {
            do throws(BottleError) {
                let (process, socket) = try LauncherChild.spawn(executable)
                state.withLock { state in
                    state.process = process
                    state.socket = socket
                }
                read(socket)
                finish(process, socket)
            } catch {
                greet(.failure(error))
                finish(nil, nil)
            }
        }

        private func read(_ socket: Int32) {
            var buffer: [UInt8] = []
            var waiting: [Int32] = []
            var chunk = [UInt8](repeating: 0, count: 65536)
            var received = [Int32](repeating: -1, count: launcher_descriptor_limit)
            defer { for descriptor in waiting { close(descriptor) } }
            while true {
                var number: Int32 = 0
                let count = launcher_receive(socket, &chunk, chunk.count, &received, &number)
                waiting += received.prefix(Int(number))
                guard count > 0 else { return }
                buffer += chunk.prefix(Int(count))
                do throws(LauncherFrameFault) {
                    while let (frame, size) = try LauncherFrame.decode(buffer) {
                        guard Int(frame.descriptors) <= waiting.count else { return }
                        buffer.removeFirst(size)
                        let descriptors = Array(waiting.prefix(Int(frame.descriptors)))
                        waiting.removeFirst(descriptors.count)
                        try take(frame, descriptors)
                    }
                } catch {
                    return
                }
            }
        }

        private func take(_ frame: LauncherFrame, _ descriptors: [Int32]) throws(LauncherFrameFault) {
            guard frame.id != 0 else {
                for descriptor in descriptors { close(descriptor) }
                return try takeEvent(frame)
            }
            var fields = LauncherFields(frame.fields)
            let isDone = try fields.word() == 1
            let continuation = state.withLock { state in
                if !isDone { state.processes[frame.id] = nil }
                return state.pending.removeValue(forKey: frame.id)
            }
            guard isDone else {
                let failure = LauncherFailure(
                    id: String(decoding: try fields.bytes(), as: UTF8.self),
                    text: String(decoding: try fields.bytes(), as: UTF8.self))
                continuation?.resume(throwing: failure.error)
                return
            }
            guard let continuation else {
                for descriptor in descriptors { close(descriptor) }
                return
            }
            continuation.resume(returning: Reply(fields: Array(frame.fields.dropFirst()), descriptors: descriptors))
        }

        private func takeEvent(_ frame: LauncherFrame) throws(LauncherFrameFault) {
            var fields = LauncherFields(frame.fields)
            switch LauncherOperation(rawValue: UInt8(truncatingIfNeeded: try fields.word())) {
            case .ready: greet(.success(Array(frame.fields.dropFirst())))
            case .failed:
                let failure = LauncherFailure(
                    id: String(decoding: try fields.bytes(), as: UTF8.self),
                    text: String(decoding: try fields.bytes(), as: UTF8.self))
                greet(.failure(failure.error))
            case .ended:
                let id = try fields.word()
                let isSignal = try fields.word() == 1
                let code = Int32(truncatingIfNeeded: try fields.word())
                let process = state.withLock { $0.processes.removeValue(forKey: id) }
                process?.finish(.success(isSignal ? .signalled(code) : .exited(code)))
            default: throw LauncherFrameFault()
            }
        }

        private func greet(_ result: Result<[[UInt8]], any Error>) {
            let continuation = state.withLock { state in
                defer { state.greeting = nil }
                return state.greeting
            }
            continuation?.resume(with: result)
        }

        /// Waits for the process, then fails everything that still waits for an answer.
        private func finish(_ process: Int32?, _ socket: Int32?) {
            if let process {
                // Nothing but the end is left to say to it; a launcher that only talked nonsense ends by this too.
                hangUp()
                var information = siginfo_t()
                while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
            }
            let (pending, processes, waiters) = state.withLock { state in
                if let process {
                    while waitpid(process, nil, 0) < 0, errno == EINTR {}
                }
                state.process = nil
                state.socket = nil
                state.isFinished = true
                defer {
                    state.pending = [:]
                    state.processes = [:]
                    state.finishWaiters = []
                }
                return (Array(state.pending.values), Array(state.processes.values), state.finishWaiters)
            }
            if let socket { writer.async { close(socket) } }
            greet(.failure(Self.broken))
            for continuation in pending { continuation.resume(throwing: Self.broken) }
            for process in processes { process.finish(.failure(Self.broken)) }
            for waiter in waiters { waiter.resume() }
        }
    }

    extension Duration {
        /// This duration for Dispatch.
        var dispatch: DispatchTimeInterval {
            .microseconds(Int(components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000))
        }
    }
#endif
