// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// What the two directions of an exchange have to know of each other.
final class ExchangeProgress: Sendable {
    /// What went wrong.
    struct Problem: Sendable, Hashable {
        /// In words for the log.
        let reason: String
        /// Whether it was refused here, and written down before the client heard of it.
        let isRefusal: Bool
    }

    private struct State {
        var isClaimed = false
        var isComplete = false
        var problem: Problem?
        var linger: Scheduled<Void>?
    }

    private let state = Mutex(State())

    /// Takes the right to answer the client; true for the first caller only.
    func claimAnswer() -> Bool {
        state.withLock { state in
            defer { state.isClaimed = true }
            return !state.isClaimed
        }
    }

    /// Records what went wrong; the first word stands.
    func note(_ reason: String, isRefusal: Bool = false) {
        state.withLock { $0.problem = $0.problem ?? Problem(reason: reason, isRefusal: isRefusal) }
    }

    /// The client has its whole answer: from now on its connection lives for `time` at most.
    func complete(closing client: Connection, in time: TimeAmount) {
        let timer = client.abort(in: time)
        state.withLock {
            $0.isComplete = true
            $0.linger = timer
        }
    }

    func cancelLinger() { state.withLock { $0.linger }?.cancel() }

    var isComplete: Bool { state.withLock { $0.isComplete } }

    /// Nil when all went well.
    var problem: Problem? { state.withLock { $0.problem } }
}
