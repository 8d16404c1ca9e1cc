// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Synchronization

/// What all canaries of a field saw, written by the serving thread and read by anybody.
///
/// It is bounded: a guest that floods a canary cannot exhaust the harness. What no longer fits is not forgotten
/// silently: the canary is marked, and its witness counts as incomplete.
final class Ledger: Sendable {
    /// Records kept for one canary.
    static let recordLimit = 4096
    /// Bytes kept of one record.
    static let byteLimit = 4096
    /// Bytes kept in all; once reached, a record keeps `shortByteLimit` bytes only, but still all its nonces.
    static let totalByteLimit = 32 << 20
    static let shortByteLimit = 64

    private struct State {
        var records: [WitnessRecord] = []
        var counts: [String: Int] = [:]
        var overflowed: Set<String> = []
        var storedBytes = 0
        /// Nonces that the field made itself, for controls and fences.
        var own: Set<String> = []
        var seenOwn: Set<String> = []
        /// Connections of the field's own that may have ended before they sent their nonce, as `canary peer`.
        var ownSilent: Set<String> = []
    }

    private let state = Mutex(State())
    private let began = ContinuousClock.now

    /// Adds what arrived, to the record at `index` if there is one.
    ///
    /// - Parameters:
    ///   - nonces: everything found in this conversation so far.
    ///   - bytes: what is new.
    ///   - serverName: whom a client of TLS asked for.
    /// - Returns: where the record stands; nil when the canary has too many.
    func note(
        _ index: Int?, canary: String, peer: String, bytes: [UInt8], nonces: [String], serverName: String? = nil
    ) -> Int? {
        let time = (ContinuousClock.now - began) / .milliseconds(1)
        return state.withLock { state in
            let own = nonces.filter(state.own.contains)
            if !own.isEmpty { state.seenOwn.formUnion(own) }
            guard let index = index ?? Self.begin(canary: canary, peer: peer, time: time, own: own, in: &state) else {
                return nil
            }
            let limit = state.storedBytes < Self.totalByteLimit ? Self.byteLimit : Self.shortByteLimit
            let room = max(limit - state.records[index].bytes.count, 0)
            state.records[index].bytes += bytes.prefix(room)
            state.storedBytes += min(room, bytes.count)
            state.records[index].nonces = nonces
            if let serverName { state.records[index].serverName = serverName }
            return index
        }
    }

    private static func begin(
        canary: String, peer: String, time: Double, own: [String], in state: inout State
    ) -> Int? {
        let count = state.counts[canary, default: 0]
        guard count < recordLimit else {
            // Our own fence behind a flood loses nothing of the guest's.
            if own.isEmpty { state.overflowed.insert(canary) }
            return nil
        }
        state.counts[canary] = count + 1
        state.records.append(WitnessRecord(canary: canary, time: time, peer: peer, nonces: [], bytes: []))
        return state.records.count - 1
    }

    /// A fresh nonce that will be recognised as the field's own.
    func ownNonce() -> Nonce {
        let nonce = Nonce.fresh()
        state.withLock { _ = $0.own.insert(nonce.text) }
        return nonce
    }

    /// Tells that a connection from this address is the field's own although it may not have sent its nonce.
    func ownSilence(canary: String, peer: String) {
        state.withLock { _ = $0.ownSilent.insert("\(canary) \(peer)") }
    }

    func hasSeen(_ nonce: Nonce) -> Bool { state.withLock { $0.seenOwn.contains(nonce.text) } }

    /// Canaries that saw more than could be kept.
    var overflowed: Set<String> { state.withLock { $0.overflowed } }

    /// All records but the field's own.
    ///
    /// A record that holds a foreign nonce beside one of ours stays; nobody else knows ours, so it would be news.
    var foreign: [WitnessRecord] {
        state.withLock { state in
            state.records.filter { record in
                if record.nonces.isEmpty {
                    return !(record.bytes.isEmpty && state.ownSilent.contains("\(record.canary) \(record.peer)"))
                }
                return !record.nonces.allSatisfy(state.own.contains)
            }
        }
    }
}
