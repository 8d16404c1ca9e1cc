// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Synchronization

/// The first lines of a program that goes on, up to the one that says how its start went.
final class LineCollector: Sendable {
    /// More than any honest start prints.
    private static let limit = 256 << 10

    private struct State {
        var text = ""
        var ending: String?
        var markers: [String] = []
        var waiter: CheckedContinuation<Void, Never>?

        var isDecided: Bool {
            ending != nil
                || text.split(whereSeparator: \.isNewline).contains { line in
                    markers.contains { line == $0 || line.hasPrefix($0 + " ") }
                }
        }

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            guard isDecided else { return nil }
            defer { waiter = nil }
            return waiter
        }
    }

    private let state = Mutex(State())

    func take(_ line: [UInt8]) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.text.utf8.count < Self.limit { state.text += String(decoding: line, as: UTF8.self) + "\n" }
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Nothing more will come.
    func end(_ reason: String) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.ending == nil { state.ending = reason }
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Waits for a line that is, or begins with, one of the markers, or for the end; returns what was printed.
    ///
    /// - Throws: `.timeout` after `limit`, `CancellationError`.
    func text(until markers: [String], limit: Duration) async throws -> String {
        state.withLock { $0.markers = markers }
        let timer = Task {
            // Awaited by nobody: it ends with the wait, which cancels it.
            try await Task.sleep(for: limit)
            end("timeout")
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDecided = state.withLock { state in
                    if !state.isDecided { state.waiter = continuation }
                    return state.isDecided
                }
                if isDecided { continuation.resume() }
            }
        } onCancel: {
            end("cancelled")
        }
        try Task.checkCancellation()
        let (text, ending) = state.withLock { ($0.text, $0.ending) }
        if ending == "timeout" {
            throw BottleError(.timeout, "The guard of a guest's network did not answer within \(limit).")
        }
        return text
    }
}
