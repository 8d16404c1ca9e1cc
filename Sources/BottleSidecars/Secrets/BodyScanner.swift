// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Looks through a body while it streams: what has not been looked at together with what follows it is held back.
struct BodyScanner: Sendable {
    private let patterns: SecretPatterns
    /// Bytes that a body may have.
    private let limit: Int?
    private var held: [UInt8] = []
    private var count = 0

    init(_ patterns: SecretPatterns, limit: Int?) {
        self.patterns = patterns
        self.limit = limit
    }

    /// What of the body is known to be clean by now; nil when all of it is held back.
    ///
    /// - Throws: 403 when there is a secret in it, or more than may be.
    mutating func pass(_ piece: ByteBuffer) throws(HTTPFailure) -> ByteBuffer? {
        count += piece.readableBytes
        if let limit, count > limit { throw HTTPFailure(403, "request body is larger than \(limit) bytes") }
        held += piece.readableBytesView
        if let name = patterns.first(in: held) { throw HTTPFailure(403, "request body contains secret: \(name)") }
        let clean = held.count - SecretPatterns.reach
        guard clean > 0 else { return nil }
        defer { held.removeFirst(clean) }
        return ByteBuffer(bytes: held.prefix(clean))
    }

    /// The rest, at the end of the body; nil when there is none.
    mutating func finish() -> ByteBuffer? {
        guard !held.isEmpty else { return nil }
        defer { held = [] }
        return ByteBuffer(bytes: held)
    }
}

/// A body that nobody looks through goes on as it comes.
extension BodyScanner? {
    mutating func pass(_ piece: ByteBuffer) throws(HTTPFailure) -> ByteBuffer? {
        guard self != nil else { return piece }
        return try self?.pass(piece)
    }

    mutating func finish() -> ByteBuffer? { self?.finish() }
}
