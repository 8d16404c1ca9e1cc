// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// A canary inside a guest: answers whoever comes over TCP or UDP, and remembers the nonces that were said to it.
///
/// It ends when its own nonce has come over both, and at the latest with its budget. Visitors are strangers: what is kept
/// of them is bounded, and none of them can hold it up.
struct Listener {
    /// Open connections at once; one more pushes the oldest out.
    private static let mostOpen = 32
    /// What is read of one visitor before it is answered, in bytes.
    private static let mostRead = 4096
    /// Nonces that are named; those after them are counted as visits only.
    private static let mostNonces = 256
    private static let nonceLength = 32

    private struct Visitor {
        let descriptor: Int32
        var said: Bytes = []
    }

    private let ownNonce: Bytes
    private let banner: Bytes
    private let deadline: Deadline
    private var visitors: [Visitor] = []
    private var nonces: [Bytes] = []
    private var visits: UInt64 = 0
    private var dismissedByStream = false
    private var dismissedByDatagram = false

    /// A listener whose budget, in microseconds, starts now.
    init(ownNonce: Bytes, banner: Bytes, budget: UInt64) {
        self.ownNonce = ownNonce
        self.banner = banner
        deadline = Deadline(after: budget)
    }

    /// Listens at the address until it is over; `ETIMEDOUT` when nobody dismissed it.
    mutating func run(_ wanted: probe_address) -> Outcome {
        var address = wanted
        let streams = probe_serve(&address, 0)
        guard streams >= 0 else { return Outcome(.socket, errno: streams) }
        defer { _ = probe_close(streams) }
        let datagrams = probe_serve(&address, 1)
        guard datagrams >= 0 else { return Outcome(.socket, errno: datagrams) }
        defer { _ = probe_close(datagrams) }
        while !(dismissedByStream && dismissedByDatagram), !deadline.isOver { serve(streams, datagrams) }
        for visitor in visitors { _ = probe_close(visitor.descriptor) }
        var outcome =
            dismissedByStream && dismissedByDatagram
            ? Outcome(.done) : Outcome(.receive, errno: probe_error_timed_out)
        outcome.note("visits", Bytes(decimal: visits))
        var names: Bytes = []
        for nonce in nonces {
            if !names.isEmpty { names.append(UInt8(ascii: ",")) }
            names += nonce
        }
        outcome.note("nonces", names)
        return outcome
    }

    private mutating func serve(_ streams: Int32, _ datagrams: Int32) {
        var waiters = [streams, datagrams].map { probe_waiter(descriptor: $0, for_write: 0, ready: 0) }
        for visitor in visitors {
            waiters.append(probe_waiter(descriptor: visitor.descriptor, for_write: 0, ready: 0))
        }
        guard probe_poll(&waiters, Int32(waiters.count), deadline.milliseconds) > 0 else { return }
        var still: [Visitor] = []
        for (index, visitor) in visitors.enumerated() {
            var visitor = visitor
            if waiters[index + 2].ready == 0 || hears(&visitor) {
                still.append(visitor)
            } else {
                _ = probe_close(visitor.descriptor)
            }
        }
        visitors = still
        if waiters[0].ready != 0 { accept(streams) }
        if waiters[1].ready != 0 { answerDatagram(datagrams) }
    }

    private mutating func accept(_ streams: Int32) {
        let descriptor = probe_accept(streams)
        guard descriptor >= 0 else { return }
        visits += 1
        if visitors.count == Self.mostOpen { _ = probe_close(visitors.removeFirst().descriptor) }
        visitors.append(Visitor(descriptor: descriptor))
    }

    /// Reads what a visitor says; false when the conversation is over.
    private mutating func hears(_ visitor: inout Visitor) -> Bool {
        var buffer = Bytes(repeating: 0, count: Self.mostRead)
        var peer = probe_address()
        let count = probe_receive(visitor.descriptor, &buffer, buffer.count - visitor.said.count, &peer)
        if count == -Int(probe_error_try_again) { return true }
        if count > 0 { visitor.said += buffer[..<count] }
        let isComplete = count <= 0 || visitor.said.count >= Self.mostRead
        let found = Self.nonces(in: visitor.said, isComplete: isComplete)
        guard isComplete || !found.isEmpty else { return true }
        if take(found) { dismissedByStream = true }
        // Short enough for any socket's buffer; who does not take it has said what it had to say.
        _ = banner.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { probe_send(visitor.descriptor, $0, buffer.count) }
        }
        return false
    }

    private mutating func answerDatagram(_ datagrams: Int32) {
        var buffer = Bytes(repeating: 0, count: Self.mostRead)
        var peer = probe_address()
        let count = probe_receive(datagrams, &buffer, buffer.count, &peer)
        guard count >= 0 else { return }
        visits += 1
        if take(Self.nonces(in: Bytes(buffer[..<count]), isComplete: true)) { dismissedByDatagram = true }
        _ = banner.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { probe_send_to(datagrams, $0, buffer.count, &peer) }
        }
    }

    /// Remembers nonces; whether the own one is among them.
    private mutating func take(_ found: [Bytes]) -> Bool {
        for nonce in found where nonces.count < Self.mostNonces {
            if !nonces.contains(where: { $0 == nonce }) { nonces.append(nonce) }
        }
        return found.contains { $0 == ownNonce }
    }

    /// Runs of exactly 32 lower-case hexadecimal digits; one that may go on in what has not come yet does not count.
    private static func nonces(in text: Bytes, isComplete: Bool) -> [Bytes] {
        var found: [Bytes] = []
        var run: Bytes = []
        for byte in text {
            if byte >= 0x30 && byte <= 0x39 || byte >= 0x61 && byte <= 0x66 {
                run.append(byte)
                continue
            }
            if run.count == nonceLength { found.append(run) }
            run = []
        }
        if isComplete, run.count == nonceLength { found.append(run) }
        return found
    }
}
