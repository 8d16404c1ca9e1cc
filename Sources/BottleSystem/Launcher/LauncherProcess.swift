// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import Synchronization

    /// A process that a `Launcher` started.
    final class LauncherProcess: SpawnedProcess {
        private struct State {
            var result: Result<ProcessEnding, any Error>?
            var waiters: [Int: CheckedContinuation<ProcessEnding, any Error>] = [:]
            var nextWaiter = 0
        }

        let id: UInt32
        private let connection: LauncherConnection
        private let master = Mutex<Int32?>(nil)
        private let state = Mutex(State())

        init(id: UInt32, connection: LauncherConnection) {
            self.id = id
            self.connection = connection
        }

        var terminal: Int32? { master.withLock { $0 } }

        func setTerminal(_ descriptor: Int32?) { master.withLock { $0 = descriptor } }

        func wait() async throws -> ProcessEnding {
            let key = state.withLock { state in
                state.nextWaiter += 1
                return state.nextWaiter
            }
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let known = state.withLock { state -> Result<ProcessEnding, any Error>? in
                        if state.result == nil, !Task.isCancelled { state.waiters[key] = continuation }
                        return state.result ?? (Task.isCancelled ? .failure(CancellationError()) : nil)
                    }
                    if let known { continuation.resume(with: known) }
                }
            } onCancel: {
                state.withLock { $0.waiters.removeValue(forKey: key) }?.resume(throwing: CancellationError())
            }
        }

        func kill() async {
            guard state.withLock({ $0.result == nil }) else { return }
            // A launcher that is gone, or does not answer, has nothing left to kill or is being stopped.
            _ = try? await connection.call(.kill, [LauncherFrame.bytes(of: id)])
        }

        /// The first result counts.
        func finish(_ result: Result<ProcessEnding, any Error>) {
            let waiters = state.withLock { state in
                if state.result == nil { state.result = result }
                defer { state.waiters = [:] }
                return Array(state.waiters.values)
            }
            for waiter in waiters { waiter.resume(with: result) }
        }
    }
#endif
