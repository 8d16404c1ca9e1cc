// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// One exchange over one socket: connect, then send and read a turn at a time, all within one budget.
struct Conversation {
    /// What is kept of a turn, in bytes.
    static let cap = 65536
    /// How often a datagram is sent again that is not answered.
    static let resends = 2

    /// Why reading a turn ended.
    private enum Ending {
        case satisfied
        case endOfStream
        case failed(Int32)
    }

    private let exchange: Request.Exchange
    private let deadline: Deadline
    private let datagrams: Bool
    private var descriptor: Int32 = -1
    /// Bytes that came behind the end of a turn and belong to the next one.
    private var carried: Bytes = []
    private var peer = probe_address()
    private var truncated = false
    /// What became of TLS, where the conversation has any.
    private var tls: SecureStream?

    /// A conversation whose budget starts now.
    init(_ exchange: Request.Exchange) {
        self.exchange = exchange
        deadline = Deadline(after: exchange.budget)
        datagrams =
            switch exchange.transport {
            case .tcp, .unix, .vsock: false
            case .udp, .udpUnconnected: true
            }
    }

    /// Has the conversation again and again while it is refused, all within one budget: for what is still coming up.
    static func await(_ exchange: Request.Exchange) -> Outcome {
        let end = probe_microseconds() + exchange.budget
        while true {
            let now = probe_microseconds()
            var again = exchange
            again.budget = now < end ? end - now : 1
            var conversation = Conversation(again)
            let outcome = conversation.run()
            guard outcome.errno == probe_error_refused, probe_microseconds() < end else { return outcome }
            // A refusal comes at once: without a rest this would be all that the machine does.
            var nothing = probe_waiter()
            _ = probe_poll(&nothing, 0, 5)
        }
    }

    /// Has the conversation and closes the socket.
    mutating func run() -> Outcome {
        guard exchange.addressError == 0 else { return Outcome(.socket, errno: exchange.addressError) }
        var address = exchange.address
        descriptor = probe_socket(&address, datagrams ? 1 : 0)
        guard descriptor >= 0 else { return Outcome(.socket, errno: descriptor) }
        defer { _ = probe_close(descriptor) }
        // The socket itself, also when the conversation goes on over another descriptor.
        let socket = descriptor
        defer { if socket != descriptor { _ = probe_close(socket) } }
        var outcome = converse()
        tls?.note(in: &outcome)
        var local = probe_address()
        if probe_local_address(socket, &local) == 0, probe_address_port(&local) != 0 {
            outcome.note("local", Self.text(local))
        }
        if case .udpUnconnected = exchange.transport, peer.length > 0 { outcome.note("peer", Self.text(peer)) }
        if truncated { outcome.note("truncated", Bytes("1")) }
        return outcome
    }

    private mutating func converse() -> Outcome {
        let failure = connect()
        guard failure == 0 else { return Outcome(.connect, errno: failure) }
        var received: [Bytes] = []
        for (index, turn) in exchange.turns.enumerated() {
            var bytes: Bytes = []
            if let secured = exchange.secured, secured.turns == index {
                // A proxy that refuses says so where TLS would begin.
                guard index == 0 || carried.isEmpty && Self.isAgreement(received[index - 1]) else {
                    bytes = carried
                    drain(&bytes, within: deadline)
                    var outcome = Outcome(.done)
                    outcome.received = received + [bytes]
                    return outcome
                }
                let failure = secure(secured)
                guard failure == 0 else {
                    var outcome = Outcome(.receive, errno: failure)
                    outcome.received = received
                    return outcome
                }
            }
            let failure = send(turn.send)
            if failure != 0 {
                // A refusal that was written before the reset is worth more than the reset.
                drain(&bytes)
                received.append(bytes)
                var outcome = Outcome(.send, errno: failure)
                outcome.received = received
                return outcome
            }
            let ending = receive(&bytes, until: turn.until, inAnswerTo: turn.send)
            received.append(bytes)
            switch ending {
            case .satisfied:
                continue
            case .endOfStream:
                var outcome = Outcome(.done)
                outcome.received = received
                return outcome
            case .failed(let errno):
                var outcome = Outcome(.receive, errno: errno)
                outcome.received = received
                return outcome
            }
        }
        var outcome = Outcome(.done)
        outcome.received = received
        return outcome
    }

    /// Goes on in TLS; 0 or an error number.
    private mutating func secure(_ secured: Request.Exchange.Secured) -> Int32 {
        var stream = SecureStream()
        let failure = stream.open(over: descriptor, secured, deadline)
        tls = stream
        guard failure == 0 else { return failure }
        descriptor = stream.descriptor
        return 0
    }

    /// Whether an answer is a success of HTTP.
    private static func isAgreement(_ answer: Bytes) -> Bool {
        answer.count > 9 && answer[..<7].equals("HTTP/1.") && answer[8...9].equals(" 2")
    }

    private func connect() -> Int32 {
        if case .udpUnconnected = exchange.transport { return 0 }
        var address = exchange.address
        let result = probe_connect(descriptor, &address)
        if result == -probe_error_in_progress {
            guard deadline.wait(descriptor, forWrite: true) else {
                return probe_is_connected(descriptor) == 1 ? 0 : probe_error_timed_out
            }
            let pending = probe_pending_error(descriptor)
            if pending != 0 { return pending }
        } else if result != 0 {
            return result
        }
        // Nobody listens there: the kernel lent this very port to the client, which would now hear its own echo.
        return probe_is_self_connected(descriptor) == 1 ? probe_error_refused : 0
    }

    private func send(_ bytes: Bytes) -> Int32 {
        var done = 0
        while done < bytes.count {
            var address = exchange.address
            let sent = bytes.withUnsafeBufferPointer { buffer -> Int in
                guard let base = buffer.baseAddress else { return 0 }
                if case .udpUnconnected = exchange.transport {
                    return probe_send_to(descriptor, base, buffer.count, &address)
                }
                return probe_send(descriptor, base + done, buffer.count - done)
            }
            if sent == -Int(probe_error_try_again) {
                guard deadline.wait(descriptor, forWrite: true) else { return probe_error_timed_out }
            } else if sent < 0 {
                return Int32(truncatingIfNeeded: sent)
            } else if datagrams {
                return 0
            } else {
                done += sent
            }
        }
        return 0
    }

    private mutating func drain(_ bytes: inout Bytes) {
        while bytes.count < Self.cap, read(&bytes, atMost: Self.cap - bytes.count) > 0 {}
    }

    /// Reads until the peer closes.
    private mutating func drain(_ bytes: inout Bytes, within deadline: Deadline) {
        while bytes.count < Self.cap, deadline.wait(descriptor, forWrite: false) {
            let count = read(&bytes, atMost: Self.cap - bytes.count)
            if count == 0 || count < 0 && count != -Int(probe_error_try_again) { return }
        }
    }

    private mutating func receive(
        _ bytes: inout Bytes, until: Request.Exchange.Until, inAnswerTo sent: Bytes
    ) -> Ending {
        if !carried.isEmpty {
            bytes = carried
            carried = []
        }
        var first = bytes.isEmpty
        var resends = 0
        // Of several turns, a second answer to one would be taken for that to the next.
        if case .datagram = until, datagrams, exchange.turns.count == 1 { resends = Self.resends }
        while true {
            if isSatisfied(&bytes, until: until, arrived: !first) { return .satisfied }
            if bytes.count >= Self.cap {
                truncated = true
                return .satisfied
            }
            guard waitForAnswer(&resends, to: sent) else { return .failed(probe_error_timed_out) }
            let count = read(&bytes, atMost: Self.cap - bytes.count)
            if count == -Int(probe_error_try_again) { continue }
            if count < 0 { return .failed(Int32(truncatingIfNeeded: count)) }
            if count == 0, !datagrams {
                if case .close = until { return .satisfied }
                return .endOfStream
            }
            first = false
        }
    }

    /// Waits for something to read; meanwhile a datagram that nobody has answered is sent again, in equal spans of what is
    /// left: datagrams get lost on a busy machine, and what reached nobody proves nothing.
    private func waitForAnswer(_ resends: inout Int, to sent: Bytes) -> Bool {
        while resends > 0 {
            let span = deadline.milliseconds / Int32(resends + 1)
            if Descriptor.wait(descriptor, forWrite: false, milliseconds: span) { return true }
            resends -= 1
            // A refusal of it shows when something is read.
            _ = send(sent)
        }
        return deadline.wait(descriptor, forWrite: false)
    }

    /// Whether the turn is complete; what came behind its end is set aside.
    private mutating func isSatisfied(
        _ bytes: inout Bytes, until: Request.Exchange.Until, arrived: Bool
    ) -> Bool {
        let end: Int
        switch until {
        case .close: return false
        case .datagram: return arrived
        case .bytes(let count):
            guard bytes.count >= count else { return false }
            end = count
        case .headers:
            guard let found = Self.headEnd(bytes) else { return false }
            end = found
        }
        carried = Bytes(bytes[end...])
        bytes.removeSubrange(end...)
        return true
    }

    private mutating func read(_ bytes: inout Bytes, atMost capacity: Int) -> Int {
        var buffer = Bytes(repeating: 0, count: Self.cap)
        // A datagram is taken whole, or the kernel would drop its rest unseen.
        let wanted = datagrams ? Self.cap : capacity
        let count = probe_receive(descriptor, &buffer, wanted, &peer)
        guard count > 0 else { return count }
        if count > capacity { truncated = true }
        bytes.append(contentsOf: buffer[..<min(count, capacity)])
        return count
    }

    /// Where the blank line of an HTTP head ends; bare line feeds count, because servers exist that send them.
    private static func headEnd(_ bytes: Bytes) -> Int? {
        var lineIsEmpty = false
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0a {
                if lineIsEmpty { return index + 1 }
                lineIsEmpty = true
            } else if byte != 0x0d {
                lineIsEmpty = false
            }
        }
        return nil
    }

    private static func text(_ address: probe_address) -> Bytes {
        var copy = address
        var buffer = Bytes(repeating: 0, count: 96)
        let count = probe_address_format(&copy, &buffer, Int32(buffer.count))
        return count > 0 ? Bytes(buffer[..<Int(count)]) : []
    }
}
