// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Hands events on one at a time, in order, and none after the last.
final class EventSink: Sendable {
    private struct State {
        var closed = false
        var errors: [String] = []
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
    func fail(_ text: String) {
        state.withLock { $0.errors.append(text) }
        warn(text)
    }

    /// What went wrong so far.
    var errors: [String] { state.withLock { $0.errors } }

    /// Sends the last event; a driver that comes back later is not heard any more.
    func close(with event: Event) {
        send(event)
        state.withLock { $0.closed = true }
    }
}
