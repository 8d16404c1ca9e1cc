// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Talks to itself over TCP: proof that sockets work here at all.
enum SelfTest {
    /// Listens on a free port of the address, connects, sends the nonce and waits for its echo; microseconds in all.
    static func run(_ wanted: probe_address, nonce: Bytes, budget: UInt64) -> Outcome {
        let deadline = Deadline(after: budget)
        var address = wanted
        let listener = probe_listen(&address)
        guard listener >= 0 else { return Outcome(.socket, errno: listener) }
        defer { _ = probe_close(listener) }
        let named = probe_local_address(listener, &address)
        guard named == 0 else { return Outcome(.socket, errno: named) }

        let client = probe_socket(&address, 0)
        guard client >= 0 else { return Outcome(.socket, errno: client) }
        defer { _ = probe_close(client) }
        let connected = probe_connect(client, &address)
        guard connected == 0 || connected == -probe_error_in_progress else {
            return Outcome(.connect, errno: connected)
        }
        guard deadline.wait(client, forWrite: true) else { return Outcome(.connect, errno: probe_error_timed_out) }
        let pending = probe_pending_error(client)
        guard pending == 0 else { return Outcome(.connect, errno: pending) }
        guard deadline.wait(listener, forWrite: false) else {
            return Outcome(.connect, errno: probe_error_timed_out)
        }
        let server = probe_accept(listener)
        guard server >= 0 else { return Outcome(.connect, errno: server) }
        defer { _ = probe_close(server) }

        let there = pass(nonce, from: client, to: server, deadline)
        guard case .done = there.stage, let arrived = there.received.first else { return there }
        var back = pass(arrived, from: server, to: client, deadline)
        if case .done = back.stage { back.note("port", Bytes(decimal: UInt64(probe_address_port(&address)))) }
        return back
    }

    private static func pass(_ bytes: Bytes, from: Int32, to: Int32, _ deadline: Deadline) -> Outcome {
        var sent = 0
        var read: Bytes = []
        while read.count < bytes.count {
            if sent < bytes.count {
                let count = bytes.withUnsafeBufferPointer { buffer -> Int in
                    guard let base = buffer.baseAddress else { return 0 }
                    return probe_send(from, base + sent, buffer.count - sent)
                }
                if count < 0, count != -Int(probe_error_try_again) {
                    return Outcome(.send, errno: Int32(truncatingIfNeeded: count))
                }
                sent += max(count, 0)
            }
            guard deadline.wait(to, forWrite: false) else { return Outcome(.receive, errno: probe_error_timed_out) }
            var buffer = Bytes(repeating: 0, count: 65536)
            var peer = probe_address()
            let count = probe_receive(to, &buffer, buffer.count, &peer)
            if count == -Int(probe_error_try_again) { continue }
            if count < 0 { return Outcome(.receive, errno: Int32(truncatingIfNeeded: count)) }
            if count == 0 { return Outcome(.receive, errno: probe_error_io) }
            read += buffer[..<count]
        }
        // Another process of the guest may have been quicker at our listener: then these are not our bytes.
        var outcome = read == bytes ? Outcome(.done) : Outcome(.receive, errno: probe_error_io)
        outcome.received = [read]
        return outcome
    }
}
