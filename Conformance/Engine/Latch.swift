// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A value that is set once and never changes; whoever waits for it is called at that moment.
final class Latch<Value: Sendable>: Sendable {
    typealias Handler = @Sendable (Value) -> Void

    private struct State {
        var value: Value?
        var handlers: [Int: Handler] = [:]
        var next = 0
    }
    private let state = Mutex(State())

    /// The value, once set.
    var value: Value? { state.withLock { $0.value } }

    /// Sets the value unless it has one, and calls the handlers on this thread.
    ///
    /// - Returns: whether this call set it.
    @discardableResult
    func set(_ value: Value) -> Bool {
        let handlers: [Handler]? = state.withLock { state in
            guard state.value == nil else { return nil }
            state.value = value
            defer { state.handlers = [:] }
            return state.handlers.sorted { $0.key < $1.key }.map(\.value)
        }
        // Outside the lock: a handler may look at the latch.
        for handler in handlers ?? [] { handler(value) }
        return handlers != nil
    }

    /// Calls the handler when the value is set, or now when it is; the result removes it again.
    func onSet(_ handler: @escaping Handler) -> Int {
        let (token, value): (Int, Value?) = state.withLock { state in
            state.next += 1
            if state.value == nil { state.handlers[state.next] = handler }
            return (state.next, state.value)
        }
        if let value { handler(value) }
        return token
    }

    /// Forgets a handler; it is not called any more unless it is being called right now.
    func remove(_ token: Int) {
        state.withLock { _ = $0.handlers.removeValue(forKey: token) }
    }

    /// Waits for the value. Only for latches that somebody is bound to set: cancellation does not end the wait.
    func wait() async -> Value {
        await withCheckedContinuation { continuation in
            _ = onSet { continuation.resume(returning: $0) }
        }
    }
}
