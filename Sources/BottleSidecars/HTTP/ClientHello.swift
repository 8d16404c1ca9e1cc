// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The first message of a TLS client, read for the one thing that it says in clear: which host it wants.
package enum ClientHello: Sendable, Hashable {
    /// More bytes are needed to tell.
    case unfinished
    case noTLS
    /// It begins like TLS, and no server would take it, or two servers in two ways.
    case malformed
    /// Complete; nil where no host is named.
    case complete(serverName: String?)

    /// More bytes than any client's message has, keys of new kinds included, and than its records may take around it.
    private static let limit = 16 << 10
    private static let recordsLimit = 2 * limit
    private static let handshake: UInt8 = 22
    private static let hostName: UInt8 = 0

    /// Reads what a client has sent so far.
    package init(_ bytes: [UInt8]) {
        // Whoever sends byte by byte makes it be read again and again: not for long.
        guard bytes.count <= Self.recordsLimit else {
            self = bytes[0] == Self.handshake ? .malformed : .noTLS
            return
        }
        var records = Cursor(bytes[...])
        var message: [UInt8] = []
        while true {
            guard let type = records.byte() else {
                self = .unfinished
                return
            }
            guard type == Self.handshake else {
                self = message.isEmpty ? .noTLS : .malformed
                return
            }
            guard let major = records.byte() else {
                self = .unfinished
                return
            }
            guard major == 3 else {
                self = message.isEmpty ? .noTLS : .malformed
                return
            }
            guard records.byte() != nil, let length = records.number(2) else {
                self = .unfinished
                return
            }
            guard (1...16384).contains(length) else {
                self = .malformed
                return
            }
            guard let payload = records.take(length) else {
                self = .unfinished
                return
            }
            message += payload
            guard message.count >= 4 else { continue }
            let count = Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
            guard message[0] == 1, count <= Self.limit else {
                self = .malformed
                return
            }
            if message.count < 4 + count { continue }
            // What follows a hello before its answer would be for another key.
            self = message.count == 4 + count ? Self.parse(message[4...]) : .malformed
            return
        }
    }

    private static func parse(_ body: ArraySlice<UInt8>) -> ClientHello {
        var hello = Cursor(body)
        guard hello.take(2 + 32) != nil, let session = hello.vector(1), session.count <= 32,
            let suites = hello.vector(2), suites.count >= 2, suites.count % 2 == 0, let compressions = hello.vector(1),
            !compressions.isEmpty
        else { return .malformed }
        if hello.isEmpty { return .complete(serverName: nil) }
        guard let list = hello.vector(2), hello.isEmpty else { return .malformed }
        var extensions = Cursor(list)
        var seen: Set<Int> = []
        var name: String?
        while !extensions.isEmpty {
            guard let type = extensions.number(2), let content = extensions.vector(2), seen.insert(type).inserted else {
                return .malformed
            }
            guard type == 0 else { continue }
            var names = Cursor(content)
            guard let entries = names.vector(2), names.isEmpty else { return .malformed }
            var entry = Cursor(entries)
            // One name of the one kind that there is.
            guard entry.byte() == hostName, let text = entry.vector(2), !text.isEmpty, entry.isEmpty,
                text.allSatisfy({ (0x21..<0x7f).contains($0) })
            else { return .malformed }
            name = String(decoding: text, as: UTF8.self)
        }
        return .complete(serverName: name)
    }

    /// Reads numbers and lengths, and never beyond the end.
    private struct Cursor {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        var isEmpty: Bool { rest.isEmpty }

        mutating func byte() -> UInt8? { rest.popFirst() }

        mutating func number(_ bytes: Int) -> Int? {
            take(bytes)?.reduce(0) { $0 << 8 | Int($1) }
        }

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        /// What a length of so many bytes announces.
        mutating func vector(_ lengthBytes: Int) -> ArraySlice<UInt8>? {
            guard let count = number(lengthBytes) else { return nil }
            return take(count)
        }
    }
}
