// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleSidecars

/// Tells a client of TLS from everybody else, by the first bytes of a conversation.
struct HelloReader {
    enum Finding {
        case undecided
        /// Nothing of TLS; what came so far, and from now on at once.
        case plain([UInt8])
        /// Whom the client asks for, and all that it sent.
        case tls(serverName: String?, [UInt8])
    }

    /// The first byte of every record that begins a handshake.
    private static let handshake: UInt8 = 22

    private var isDecided: Bool
    private var bytes: [UInt8] = []

    /// - Parameter isAwaited: Otherwise everything is plain.
    init(isAwaited: Bool) { isDecided = !isAwaited }

    mutating func take(_ more: [UInt8]) -> Finding {
        if isDecided { return .plain(more) }
        bytes += more
        guard bytes.first == Self.handshake else { return decide() }
        switch ClientHello(bytes) {
        case .unfinished: return .undecided
        case .noTLS, .malformed: return decide()
        case .complete(let serverName):
            isDecided = true
            defer { bytes = [] }
            return .tls(serverName: serverName, bytes)
        }
    }

    /// The client stopped sending: what it began is all there will be.
    mutating func end() -> Finding { isDecided || bytes.isEmpty ? .undecided : decide() }

    private mutating func decide() -> Finding {
        isDecided = true
        defer { bytes = [] }
        return .plain(bytes)
    }
}
