// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Hands events on one at a time, in order, and none after the last.
final class EventSink: Sendable {
    private struct State {
        var closed = false
        var failures: [Failure] = []
        /// Evidence was lost without a failure of driver or harness.
        var hasGaps = false
    }
    private struct Failure {
        var text: String
        /// It cost evidence and nothing else.
        var isLoss: Bool
    }
    private let state = Mutex(State())
    private let handler: @Sendable (Event) -> Void

    init(_ handler: @escaping @Sendable (Event) -> Void) { self.handler = handler }

    func send(_ event: Event) {
        // The handler runs under the lock: two threads must not interleave what a reporter writes.
        state.withLock { state in
            guard !state.closed else { return }
            handler(event)
        }
    }

    func progress(_ phase: String, _ text: String) { send(.progress(phase: phase, text: text)) }
    func warn(_ text: String) { send(.warning(text)) }

    /// A failure of driver or harness: a warning that also decides the exit code.
    func fail(_ text: String) { note(Failure(text: text, isLoss: false)) }

    /// A failure that cost evidence and nothing else: decides the exit code unless another attempt makes up for it.
    func lose(_ text: String) { note(Failure(text: text, isLoss: true)) }

    /// An answer that did not come: decides nothing by itself, for what asked for it is judged without, but another attempt
    /// may bring it.
    func miss(_ text: String) {
        state.withLock { $0.hasGaps = true }
        warn(text)
    }

    private func note(_ failure: Failure) {
        state.withLock { $0.failures.append(failure) }
        warn(failure.text)
    }

    /// Whether evidence was lost that no other attempt was made for.
    var hasLosses: Bool { state.withLock { $0.hasGaps || $0.failures.contains(where: \.isLoss) } }

    /// Evidence that was lost so far is had once more: what was shown of it stays, and decides nothing.
    func forgiveLosses() {
        state.withLock { state in
            state.failures.removeAll(where: \.isLoss)
            state.hasGaps = false
        }
    }

    /// What went wrong so far and still counts.
    var errors: [String] { state.withLock { $0.failures.map(\.text) } }

    /// Sends the last event; a driver that comes back later is not heard any more.
    func close(with event: Event) {
        send(event)
        state.withLock { $0.closed = true }
    }
}
