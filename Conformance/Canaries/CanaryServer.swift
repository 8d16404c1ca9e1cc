// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Dispatch
import Synchronization

/// The thread that serves all canaries of a field, and the way to talk to it.
final class CanaryServer: Sendable {
    /// A bound socket that the serving thread owns from now on.
    struct Listener: Sendable {
        let canary: Canary
        let descriptor: Int32
    }

    /// What the serving thread is asked to do before it waits again.
    enum Command: Sendable {
        case serve([Listener], names: [String: DNSZone.Record])
        /// Take in everything that has arrived at these canaries, then tell the waiter which queues were seen empty.
        case drain(Set<String>, waiter: Int)
    }

    private struct State {
        var commands: [Command] = []
        var isStopping = false
        var hasStopped = false
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Set<String>, Never>] = [:]
        var stopWaiters: [Int] = []
    }

    let ledger: Ledger
    private let state = Mutex(State())
    private let wakeUp: WakeUp

    /// Starts the thread; it runs until `stop`.
    ///
    /// - Parameter authority: Signs for the canaries that speak TLS; without one none does.
    init(banner: String, zone: String, ledger: Ledger, authority: CanaryAuthority? = nil) throws {
        self.ledger = ledger
        wakeUp = try WakeUp()
        // A serial queue of its own is a thread of its own for as long as the loop runs.
        DispatchQueue(label: "canaries").async { [self] in
            let context = ServingContext(banner: banner, ledger: ledger, zone: DNSZone(apex: zone))
            #if TLS
                // A pair that was minted a moment ago is one.
                context.origin = authority.flatMap { try? SecureOrigin($0) }
            #endif
            var loop = ServingLoop(server: self, context: context)
            loop.run(wakeUp: wakeUp)
            finish()
        }
    }

    /// Hands bound sockets over.
    ///
    /// - Returns: false when the thread has stopped; the sockets are then still the caller's.
    func serve(_ listeners: [Listener], names: [String: DNSZone.Record]) -> Bool {
        state.withLock { state in
            guard !state.isStopping else { return false }
            state.commands.append(.serve(listeners, names: names))
            wakeUp.ring()
            return true
        }
    }

    /// Waits until the serving thread has emptied the queues of these canaries, at most `limit`.
    ///
    /// - Returns: the ids of canaries whose queue was seen empty after this call began.
    func drain(_ canaries: Set<String>, limit: Duration) async -> Set<String> {
        await wait(limit: limit) { state, waiter in
            guard !state.isStopping else { return false }
            state.commands.append(.drain(canaries, waiter: waiter))
            return true
        }
    }

    /// Ends the thread and closes all sockets; returns when that is done, also when somebody else asked for it first.
    func stop() async {
        _ = await wait(limit: .seconds(5)) { state, waiter in
            state.isStopping = true
            guard !state.hasStopped else { return false }
            state.stopWaiters.append(waiter)
            return true
        }
    }

    /// Suspends until the waiter is resumed; `enqueue` says whether anybody ever will.
    private func wait(limit: Duration, enqueue: @Sendable (inout State, Int) -> Bool) async -> Set<String> {
        await withCheckedContinuation { continuation in
            let waiter: Int? = state.withLock { state in
                let waiter = state.nextWaiter
                state.nextWaiter += 1
                guard enqueue(&state, waiter) else { return nil }
                state.waiters[waiter] = continuation
                wakeUp.ring()
                return waiter
            }
            guard let waiter else { return continuation.resume(returning: []) }
            let milliseconds = Int(limit / .milliseconds(1))
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
                self?.resume(waiter, [])
            }
        }
    }

    // MARK: - The serving thread's side

    /// Takes what was asked for since the last call.
    func takeCommands() -> (commands: [Command], isStopping: Bool) {
        state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.isStopping)
        }
    }

    /// Resumes a waiter, unless it has given up.
    func resume(_ waiter: Int, _ result: Set<String>) {
        state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(returning: result)
    }

    private func finish() {
        let (waiters, commands) = state.withLock { state in
            state.hasStopped = true
            // Nobody rings after this: `isStopping` refuses new work, and a late `stop` returns at once.
            wakeUp.close()
            defer { state.commands = [] }
            return (state.stopWaiters, state.commands)
        }
        for case .serve(let listeners, _) in commands { for each in listeners { SocketCalls.close(each.descriptor) } }
        for case .drain(_, let waiter) in commands { resume(waiter, []) }
        for waiter in waiters { resume(waiter, []) }
    }
}
