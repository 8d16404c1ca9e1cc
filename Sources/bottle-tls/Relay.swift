// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import BottleTLS

    #if canImport(Glibc)
        import Glibc
    #endif

    /// The loop over both sides of one endpoint.
    struct Relay {
        /// Bytes that wait for a side before the other is read on.
        private static let limit = 256 << 10
        /// Milliseconds in which nothing happens: whoever started this has a deadline of its own, and is gone.
        private static let idle: Int32 = 120_000

        private let endpoint: TLSEndpoint
        private let network = Stream(Arguments.network)
        private let plain = Stream(Arguments.plain)
        private var toNetwork: [UInt8] = []
        private var toPlain: [UInt8] = []
        private var said = TLSEndpoint.State.handshaking
        private var networkEnded = false
        private var plainEnded = false

        init(_ endpoint: TLSEndpoint) { self.endpoint = endpoint }

        mutating func run() {
            network.makeNonBlocking()
            plain.makeNonBlocking()
            while true {
                toNetwork += endpoint.takeOutput()
                toPlain += endpoint.takeInput()
                flush()
                announce()
                if isOver { return }
                var entries = [pollfd(), pollfd()]
                entries[0] = pollfd(
                    fd: network.descriptor,
                    events: events(
                        reading: !networkEnded && toPlain.count < Self.limit, writing: !toNetwork.isEmpty), revents: 0)
                entries[1] = pollfd(
                    fd: plain.descriptor,
                    events: events(
                        reading: endpoint.state == .open && !plainEnded && toNetwork.count < Self.limit,
                        writing: !toPlain.isEmpty), revents: 0)
                // A side that is done, and has nothing to take, would end every wait at once.
                for index in entries.indices where entries[index].events == 0 { entries[index].fd = -1 }
                guard poll(&entries, nfds_t(entries.count), Self.idle) != 0 else { return }
                if entries[0].revents & ~Int16(POLLOUT) != 0 { readNetwork() }
                if entries[1].revents & ~Int16(POLLOUT) != 0, endpoint.state == .open { readPlain() }
            }
        }

        private func events(reading: Bool, writing: Bool) -> Int16 {
            Int16((reading ? POLLIN : 0) | (writing ? POLLOUT : 0))
        }

        /// Nothing more can come, and what came has been handed over.
        private var isOver: Bool {
            switch endpoint.state {
            case .handshaking: false
            case .open: plainEnded && toNetwork.isEmpty
            case .ended, .failed: toPlain.isEmpty && toNetwork.isEmpty
            }
        }

        private mutating func readNetwork() {
            switch network.read() {
            case .bytes(let bytes): endpoint.receive(bytes)
            case .nothing: break
            case .end:
                networkEnded = true
                endpoint.receiveEnd()
            }
        }

        private mutating func readPlain() {
            switch plain.read() {
            case .bytes(let bytes): endpoint.send(bytes)
            case .nothing: break
            case .end:
                plainEnded = true
                endpoint.close()
            }
        }

        private mutating func flush() {
            if !toNetwork.isEmpty {
                if let count = network.write(toNetwork) { toNetwork.removeFirst(count) } else { toNetwork = [] }
            }
            if !toPlain.isEmpty {
                if let count = plain.write(toPlain) { toPlain.removeFirst(count) } else { toPlain = [] }
            }
        }

        private mutating func announce() {
            guard endpoint.state != said else { return }
            // A conversation may open and end in one turn.
            if said == .handshaking, case .ended = endpoint.state { sayOpen() }
            said = endpoint.state
            switch said {
            case .handshaking: break
            case .open: sayOpen()
            case .ended(let isClean): Pipe.say(isClean ? "end clean" : "end cut")
            case .failed(let reason): Pipe.say("failed \(reason)")
            }
        }

        private func sayOpen() {
            let leaf = endpoint.peerCertificate ?? []
            Pipe.say("open \(endpoint.version ?? "-") \(leaf.isEmpty ? "-" : Self.hex(leaf))")
        }

        private static func hex(_ bytes: [UInt8]) -> String {
            let digits = Array("0123456789abcdef".utf8)
            return String(
                decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        }
    }
#endif
