// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the bundle's init says on its standard output, for the life of the bottle.
///
/// The lines are the bundle's own, but parts of them come from the guest: their number and length are bounded, and a
/// line that is no record is counted and otherwise ignored.
final class BundleLog: Sendable {
    /// How many records are kept; what comes later is only counted.
    static let recordLimit = 20_000

    private enum Phase {
        case starting
        case ready
        case ended(String)
    }

    private struct State {
        var phase = Phase.starting
        var records: [LogRecord] = []
        var dropped = 0
        var running: [String] = []
        var lastWords: String?
        var waiters: [CheckedContinuation<Void, Never>] = []

        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            defer { waiters = [] }
            return waiters
        }
    }

    private let state = Mutex(State())

    /// Takes one line of output.
    func take(line: [UInt8]) {
        guard let record = try? JSONDecoder().decode(LogRecord.self, from: Data(line)) else {
            // What the bundle complains about in plain words is why it ends.
            let words = Quoted(String(decoding: line, as: UTF8.self), limit: 300).description
            state.withLock { state in
                state.dropped += 1
                state.lastWords = words
            }
            return
        }
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if state.records.count < Self.recordLimit { state.records.append(record) } else { state.dropped += 1 }
            guard record.daemon == "init" else { return [] }
            switch record.event {
            case "status": state.running = Self.names(record.detail)
            case "died":
                // "egress was killed by signal 9": the daemon's name comes first.
                let name = record.detail?.split(separator: " ").first.map(String.init)
                state.running.removeAll { $0 == name }
                state.lastWords = record.detail
            case "ready":
                guard case .starting = state.phase else { return [] }
                state.phase = .ready
                return state.takeWaiters()
            case "error": state.lastWords = record.detail
            default: break
            }
            return []
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Notes that nothing more will come.
    func end(_ reason: String) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if case .ended = state.phase { return [] }
            state.phase = .ended(state.lastWords ?? reason)
            state.running = []
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when init has said that all daemons answer.
    ///
    /// - Throws: `.launch` when init ended first. The caller bounds the wait by calling `end`.
    func waitUntilReady() async throws {
        await withCheckedContinuation { continuation in
            let isDecided = state.withLock { state in
                guard case .starting = state.phase else { return true }
                state.waiters.append(continuation)
                return false
            }
            if isDecided { continuation.resume() }
        }
        if let reason = death { throw BottleError(.launch, "The bundle did not come up: \(reason).") }
    }

    /// Why the bundle is not running any more; nil while it is.
    var death: String? {
        state.withLock { state in
            guard case .ended(let reason) = state.phase else { return nil }
            return reason
        }
    }

    /// The daemons that init last reported as running.
    var running: [String] { state.withLock { $0.running } }

    /// What was logged, oldest first; the last record tells when some had to be left out.
    var records: [LogRecord] {
        state.withLock { state in
            guard state.dropped > 0, let last = state.records.last else { return state.records }
            return state.records + [
                LogRecord(
                    daemon: "init", time: last.time, event: "dropped", client: "", target: "",
                    detail: "\(state.dropped) lines left out")
            ]
        }
    }

    private static func names(_ csv: String?) -> [String] {
        (csv ?? "").split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
    }
}
