// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Dispatch
import SystemPackage

/// Talks to many canaries at once, as a client, from sockets that belong to the harness's own vantage.
enum Vantage {
    /// One thing to say to one canary.
    struct Call: Sendable {
        let canary: Canary
        let address: SocketAddress
        let nonce: Nonce
        /// An unbound socket; the call closes it.
        let descriptor: Int32
        let banner: String

        private var queryID: UInt16 { UInt16(nonce.text.prefix(4), radix: 16) ?? 0 }

        /// The nonce in the protocol of the canary.
        func payload(zone: String) -> [UInt8] {
            let name = "\(nonce).ctl.\(zone)"
            return switch canary.service {
            case .banner: Array("\(nonce)\n".utf8)
            case .echo: Array(nonce.text.utf8)
            case .http:
                Array("GET /\(nonce) HTTP/1.1\r\nHost: \(canary.address)\r\nConnection: close\r\n\r\n".utf8)
            case .dnsUDP: DNSQuery.bytes(name: name, type: DNSQuery.RecordType.a, id: queryID)
            case .dnsTCP: DNSQuery.tcpBytes(name: name, type: DNSQuery.RecordType.a, id: queryID)
            }
        }

        /// Whether this is the canary's whole answer, which nobody else could give.
        func isAnswer(_ received: [UInt8]) -> Bool {
            switch canary.service {
            case .banner:
                let text = String(decoding: received, as: UTF8.self)
                return text.hasPrefix("BOTTLE-CANARY \(banner)\n") && text.contains("ECHO \(Hex.text(nonce.text.utf8))")
            case .echo, .http:
                return String(decoding: received, as: UTF8.self).contains("BOTTLE-CANARY \(banner)")
            case .dnsUDP: return isAnswer(DNSMessage(parsing: received))
            case .dnsTCP: return isAnswer(DNSMessage(parsing: Array(received.dropFirst(2))))
            }
        }

        private func isAnswer(_ message: DNSMessage?) -> Bool {
            guard let message else { return false }
            return message.isResponse && message.isAuthoritative && message.id == queryID
                && message.questions.first?.name.hasPrefix(nonce.text) == true
        }
    }

    /// How a call ended.
    struct Result: Sendable {
        var answered = false
        /// The kernel took all that was to be said.
        var sent = false
        /// No route, no such address: the place does not exist (any more) for this vantage.
        var isUnreachable = false
        /// The budget ended it.
        var isTimeout = false
        /// Why there was no answer.
        var detail = ""
        /// The client's end, once it is known.
        var local = ""
    }

    /// Makes all calls at the same time; returns when the last is answered or has failed, at the latest after `budget`.
    ///
    /// Never throws, and closes every socket.
    static func run(_ calls: [Call], zone: String, budget: Duration) async -> [Result] {
        guard !calls.isEmpty else { return [] }
        // poll(2) blocks, so it gets a thread of its own and not one of the cooperative pool.
        return await withCheckedContinuation { continuation in
            DispatchQueue(label: "vantage").async {
                var talks = calls.map { Talk($0, payload: $0.payload(zone: zone)) }
                converse(&talks, until: .now + budget)
                continuation.resume(returning: talks.map(\.result))
            }
        }
    }

    private static func converse(_ talks: inout [Talk], until deadline: ContinuousClock.Instant) {
        let began = ContinuousClock.now
        // A datagram may be lost on a loaded machine; one that is said again is still the same datagram to its reader.
        var repeats = [Duration.milliseconds(150), .milliseconds(450)].map { began + $0 }
        var set = PollSet()
        for index in talks.indices { talks[index].begin() }
        while talks.contains(where: \.isOpen) {
            let now = ContinuousClock.now
            if now >= deadline { break }
            if let next = repeats.first, now >= next {
                repeats.removeFirst()
                for index in talks.indices { talks[index].sayAgain() }
            }
            set.removeAll()
            for talk in talks {
                set.add(talk.descriptor, reading: talk.isListening, writing: talk.isSpeaking)
            }
            set.wait(min(deadline, repeats.first ?? deadline) - now)
            for index in talks.indices where talks[index].isOpen {
                if talks[index].isSpeaking, set.isWritable(index) { talks[index].speak() }
                if talks[index].isListening, set.isReadable(index) { talks[index].listen() }
            }
        }
        for index in talks.indices { talks[index].giveUp(began) }
    }

    /// The state of one call.
    private struct Talk {
        private enum Stage { case connecting, sending, receiving, over }

        private let call: Call
        private let payload: [UInt8]
        private var unsent: ArraySlice<UInt8>
        private var received: [UInt8] = []
        private var stage = Stage.connecting
        private(set) var result = Result()

        init(_ call: Call, payload: [UInt8]) {
            self.call = call
            self.payload = payload
            unsent = payload[...]
        }

        var descriptor: Int32 { call.descriptor }
        var isOpen: Bool { stage != .over }
        var isSpeaking: Bool { stage == .connecting || stage == .sending }
        var isListening: Bool { stage == .receiving }

        mutating func begin() {
            do throws(Errno) {
                try SocketCalls.makeNonblocking(descriptor)
            } catch {
                return fail(error)
            }
            switch SocketCalls.startConnect(descriptor, to: call.address) {
            case .failed(let error): fail(error)
            case .pending: result.local = SocketCalls.localAddress(descriptor).description
            case .done:
                result.local = SocketCalls.localAddress(descriptor).description
                stage = .sending
                speak()
            }
        }

        mutating func speak() {
            if stage == .connecting {
                if let error = SocketCalls.pendingError(descriptor) { return fail(error) }
                stage = .sending
            }
            do throws(Errno) {
                unsent = unsent.dropFirst(try SocketCalls.send(descriptor, unsent))
                guard unsent.isEmpty else { return }
                result.sent = true
                stage = .receiving
            } catch {
                fail(error)
            }
        }

        mutating func sayAgain() {
            guard stage == .receiving, !call.canary.service.isStream else { return }
            unsent = payload[...]
            speak()
        }

        mutating func listen() {
            switch SocketCalls.receive(descriptor, atMost: 4096) {
            case .bytes(let bytes):
                received = call.canary.service.isStream ? received + bytes : bytes
                if call.isAnswer(received) {
                    result.answered = true
                    end()
                } else if received.count > 16 << 10 {
                    fail("something else than the canary answered")
                }
            case .end:
                fail(received.isEmpty ? "closed without an answer" : "closed with another answer than the canary's")
            case .empty: break
            case .failed(let error): fail(error)
            }
        }

        /// Ends a call that the budget cut off.
        mutating func giveUp(_ began: ContinuousClock.Instant) {
            guard isOpen else { return }
            result.isTimeout = true
            let waited = Int((ContinuousClock.now - began) / .milliseconds(1))
            fail("no answer after \(waited) ms, while \(stage)")
        }

        private mutating func fail(_ error: Errno) {
            result.isUnreachable = [.networkUnreachable, .noRouteToHost, .addressNotAvailable].contains(error)
            fail("\(error) while \(stage)")
        }

        private mutating func fail(_ detail: String) {
            result.detail = detail
            end()
        }

        private mutating func end() {
            stage = .over
            SocketCalls.close(descriptor)
        }
    }
}
