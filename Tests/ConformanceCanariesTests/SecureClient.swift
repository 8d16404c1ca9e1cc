// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import BottleTLS
    import ConformanceEngine
    import Dispatch

    @testable import ConformanceCanaries

    /// A client of one canary in TLS, a step at a time; every wait ends after five seconds.
    final class SecureClient {
        /// Nothing came, or nothing went, for five seconds.
        struct Overdue: Error {}
        /// The canary cannot be connected to.
        struct Unreachable: Error {}

        /// How a whole conversation went.
        struct Outcome: Sendable {
            var answer: String
            var state: TLSEndpoint.State
            /// Where it was had from.
            var local: String
        }

        let endpoint: TLSEndpoint
        let descriptor: Int32

        private init(_ canary: Canary, name: String?, trust: TLSTrust) throws {
            guard let address = SocketAddress(canary.address, port: canary.port) else { throw Unreachable() }
            endpoint = try TLSEndpoint(asClient: trust.context(), serverName: name)
            descriptor = try SocketCalls.open(address.family, stream: true)
            try SocketCalls.makeNonblocking(descriptor)
            switch SocketCalls.startConnect(descriptor, to: address) {
            case .done: break
            case .pending:
                try wait(writing: true)
                if let error = SocketCalls.pendingError(descriptor) { throw error }
            case .failed(let error): throw error
            }
        }

        deinit { SocketCalls.close(descriptor) }

        /// Connects, runs the body and closes the socket; nothing of TLS has been said by then.
        ///
        /// On a thread of its own: an endpoint lives on one, and the body waits for sockets.
        static func use<Value: Sendable>(
            _ canary: Canary, name: String?, trust: TLSTrust = .anybody,
            _ body: @escaping @Sendable (SecureClient) throws -> Value
        ) async throws -> Value {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue(label: "secure-client").async {
                    continuation.resume(
                        with: Result { try body(try SecureClient(canary, name: name, trust: trust)) })
                }
            }
        }

        /// Connects, has the handshake, says something and reads to the end.
        static func ask(
            _ canary: Canary, name: String?, trust: TLSTrust = .anybody, _ text: String
        ) async throws -> Outcome {
            try await use(canary, name: name, trust: trust) { secure in
                if try secure.handshake() == .open { try secure.say(text) }
                let answer = try secure.readText()
                return Outcome(
                    answer: answer, state: secure.endpoint.state,
                    local: SocketCalls.localAddress(secure.descriptor).description)
            }
        }

        /// The handshake, to its end or until the canary hangs up.
        @discardableResult
        func handshake() throws -> TLSEndpoint.State {
            while endpoint.state == .handshaking {
                try flush()
                guard try take() else { break }
            }
            try flush()
            return endpoint.state
        }

        func say(_ text: String) throws {
            endpoint.send(text.utf8)
            try flush()
        }

        /// Says more and more, four megabytes at most, until the canary hangs up; how many bytes were taken.
        func flood() -> Int {
            let piece = [UInt8](repeating: 0x78, count: 8 << 10)
            var count = 0
            while count < 4 << 20 {
                endpoint.send(piece)
                guard (try? flush()) != nil else { break }
                count += piece.count
            }
            return count
        }

        /// Says that nothing more will be said, in TLS and below it.
        func endSaying() throws {
            endpoint.closeOutput()
            try flush()
            SocketCalls.endWriting(descriptor)
        }

        /// Reads until the canary has said everything, and understands nothing of it.
        func drain() throws {
            while true {
                switch SocketCalls.receive(descriptor, atMost: 64 << 10) {
                case .bytes: continue
                case .end: return
                case .empty: try wait(writing: false)
                case .failed(let error): throw error
                }
            }
        }

        /// Makes the close that follows a reset.
        func resetOnClose() { SocketCalls.resetOnClose(descriptor) }

        /// What the canary means, until it hangs up or `enough` says so.
        func readText(until enough: (String) -> Bool = { _ in false }) throws -> String {
            var text = String(decoding: endpoint.takeInput(), as: UTF8.self)
            while !enough(text), endpoint.state == .handshaking || endpoint.state == .open {
                guard try take() else { break }
                try flush()
                text += String(decoding: endpoint.takeInput(), as: UTF8.self)
            }
            return text
        }

        /// Sends bytes as they are.
        func send(_ bytes: [UInt8]) throws {
            var rest = bytes[...]
            while !rest.isEmpty {
                try wait(writing: true)
                rest = rest.dropFirst(try SocketCalls.send(descriptor, rest))
            }
        }

        /// False when the canary has hung up.
        private func take() throws -> Bool {
            while true {
                switch SocketCalls.receive(descriptor, atMost: 64 << 10) {
                case .bytes(let bytes):
                    endpoint.receive(bytes)
                    return true
                case .end:
                    endpoint.receiveEnd()
                    return false
                case .empty: try wait(writing: false)
                case .failed(let error): throw error
                }
            }
        }

        private func flush() throws { try send(endpoint.takeOutput()) }

        private func wait(writing: Bool) throws {
            var set = PollSet()
            set.add(descriptor, reading: !writing, writing: writing)
            set.wait(.seconds(5))
            guard writing ? set.isWritable(0) : set.isReadable(0) else { throw Overdue() }
        }
    }
#endif
