// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// The loop of the serving thread: one poll over all listeners and conversations, and bounded work for each that is ready.
struct ServingLoop {
    /// Conversations one canary may have at once.
    static let connectionLimit = 512
    /// Accepts or datagrams one canary may take from the others' time in one turn.
    private static let turn = 64
    /// The same while draining: a queue that is still not empty then is being filled by somebody alive.
    private static let drainTurn = 8192
    /// How long accepting rests when descriptors have run out and nothing of ours can be closed.
    private static let rest = Duration.milliseconds(50)

    private final class Listening {
        let canary: Canary
        let descriptor: Int32
        var isBroken = false
        var connections = 0

        init(_ listener: CanaryServer.Listener) {
            canary = listener.canary
            descriptor = listener.descriptor
        }

        var isStream: Bool { canary.service != .echo && canary.service != .dnsUDP }
    }

    private let server: CanaryServer
    private let context: ServingContext
    private var listeners: [Listening] = []
    /// In the order of acceptance, so that the first is the oldest; closed ones leave at the end of a round.
    /// An entry without a listener is not counted any more.
    private var connections: [(connection: Connection, listener: Listening?)] = []
    private var restUntil: ContinuousClock.Instant?
    /// Conversations in all: half of what the process may have open, so that the harness itself never runs dry.
    private let totalLimit = max(64, min(2048, SocketCalls.descriptorLimit / 2))

    init(server: CanaryServer, context: ServingContext) {
        self.server = server
        self.context = context
    }

    /// Serves until the server is told to stop, then closes everything.
    mutating func run(wakeUp: WakeUp) {
        var set = PollSet()
        while true {
            let (commands, isStopping) = server.takeCommands()
            for command in commands { obey(command) }
            if isStopping { break }

            let now = ContinuousClock.now
            if let until = restUntil, now >= until { restUntil = nil }
            set.removeAll()
            set.add(wakeUp.descriptor)
            for listener in listeners {
                set.add(listener.descriptor, reading: !listener.isBroken && !(restUntil != nil && listener.isStream))
            }
            for (connection, _) in connections {
                set.add(connection.descriptor, reading: connection.wantsReading, writing: connection.wantsWriting)
            }
            set.wait(nextDeadline.map { $0 - now })

            if set.isReadable(0) { wakeUp.clear() }
            // Conversations first: accepting may close some, and adds others that this round's set does not know.
            let known = connections.count
            for index in 0..<known {
                let place = 1 + listeners.count + index
                let connection = connections[index].connection
                if connection.wantsWriting, set.isWritable(place) { connection.write() }
                if set.isReadable(place) { connection.read() }
            }
            for (index, listener) in listeners.enumerated() where set.isReadable(1 + index) {
                _ = takeIn(listener, atMost: Self.turn)
            }
            expire()
        }
        for (connection, _) in connections { connection.close() }
        for listener in listeners { SocketCalls.close(listener.descriptor) }
    }

    private var nextDeadline: ContinuousClock.Instant? {
        let first = connections.lazy.map(\.connection.nextDeadline).min()
        guard let restUntil else { return first }
        return min(restUntil, first ?? restUntil)
    }

    private mutating func obey(_ command: CanaryServer.Command) {
        switch command {
        case .serve(let added, let names):
            listeners += added.map(Listening.init)
            for (name, record) in names { context.zone.add(name, record) }
        case .drain(let canaries, let waiter):
            server.resume(waiter, drain(canaries))
        }
    }

    /// Takes in all that waits in the kernel for these canaries, and records conversations that are silent so far.
    private mutating func drain(_ canaries: Set<String>) -> Set<String> {
        var drained: Set<String> = []
        for listener in listeners where canaries.contains(listener.canary.id) {
            if takeIn(listener, atMost: Self.drainTurn) { drained.insert(listener.canary.id) }
        }
        for (connection, _) in connections where canaries.contains(connection.canary.id) {
            connection.read()
            if connection.isOpen { connection.witnessSilence() }
        }
        expire()
        return drained
    }

    private mutating func expire() {
        let now = ContinuousClock.now
        for (connection, _) in connections { connection.expire(now) }
        connections.removeAll { entry in
            if !entry.connection.isOpen { entry.listener?.connections -= 1 }
            return !entry.connection.isOpen
        }
    }

    /// - Returns: whether the kernel's queue was seen empty.
    private mutating func takeIn(_ listener: Listening, atMost limit: Int) -> Bool {
        for _ in 0..<limit {
            guard !listener.isBroken else { return false }
            let more = listener.isStream ? accept(listener) : takeDatagram(listener)
            switch more {
            case .more: continue
            case .empty: return true
            case .stuck: return false
            }
        }
        return false
    }

    private enum Progress { case more, empty, stuck }

    private mutating func accept(_ listener: Listening) -> Progress {
        switch SocketCalls.acceptOne(listener.descriptor) {
        case .accepted(let descriptor, let peer):
            makeRoom(for: listener)
            let connection = Connection(
                descriptor: descriptor, peer: peer, canary: listener.canary, context: context)
            // What arrived together with the connection is there already, and saves a turn.
            connection.read()
            if connection.isOpen {
                connections.append((connection, listener))
                listener.connections += 1
            }
            return .more
        case .empty:
            return .empty
        case .aborted:
            return .more
        case .exhausted:
            if dropOldest(where: { _ in true }) { return .more }
            restUntil = .now + Self.rest
            return .stuck
        case .failed:
            listener.isBroken = true
            return .stuck
        }
    }

    private mutating func makeRoom(for listener: Listening) {
        // Full in all: a canary with more than a few conversations pays itself, before it costs others theirs.
        if listener.connections >= Self.connectionLimit || (openCount >= totalLimit && listener.connections > 16) {
            _ = dropOldest { $0 === listener }
        } else if openCount >= totalLimit {
            _ = dropOldest { _ in true }
        }
    }

    private var openCount: Int { listeners.reduce(0) { $0 + $1.connections } }

    /// Closes the oldest open conversation of the canaries that qualify.
    private mutating func dropOldest(where qualifies: (Listening) -> Bool) -> Bool {
        let oldest = connections.firstIndex { entry in
            entry.connection.isOpen && entry.listener.map(qualifies) == true
        }
        guard let index = oldest else { return false }
        // It may have said something that was not read yet.
        connections[index].connection.read()
        connections[index].connection.close()
        // It stays in place until the round ends, since the round's poll set counts on places.
        connections[index].listener?.connections -= 1
        connections[index].listener = nil
        return true
    }

    private mutating func takeDatagram(_ listener: Listening) -> Progress {
        let (reading, peer) = SocketCalls.receiveDatagram(listener.descriptor, atMost: 64 << 10)
        switch reading {
        case .bytes(let bytes):
            answerDatagram(bytes, from: peer, at: listener)
            return .more
        case .empty:
            return .empty
        // An error that came back for an earlier answer; it is consumed by being reported.
        case .end, .failed:
            return .more
        }
    }

    private func answerDatagram(_ bytes: [UInt8], from peer: SocketAddress, at listener: Listening) {
        var nonces = NonceScanner.nonces(in: bytes)
        var response: [UInt8]?
        if listener.canary.service == .dnsUDP {
            let (answer, names) = context.zone.answer(bytes)
            for nonce in names.flatMap({ NonceScanner.nonces(in: $0.utf8) }) where !nonces.contains(nonce) {
                nonces.append(nonce)
            }
            response = answer
        } else {
            response = Array("BOTTLE-CANARY \(context.banner) \(Hex.text(bytes.prefix(64)))".utf8)
        }
        _ = context.ledger.note(
            nil, canary: listener.canary.id, peer: peer.description, bytes: bytes, nonces: nonces)
        if let response { SocketCalls.sendDatagram(listener.descriptor, response, to: peer) }
    }
}
