// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Reads what a peer sends, in pieces: heads, bodies, or whatever comes.
///
/// Used by one task at a time. Back-pressure is the channel's: what is not asked for stays in the kernel.
final class ByteReader {
    private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var pending = ByteBuffer()

    init(_ stream: NIOAsyncChannelInboundStream<ByteBuffer>) { iterator = stream.makeAsyncIterator() }

    /// What arrived and was not consumed.
    var unread: ByteBufferView { pending.readableBytesView }

    /// The next bytes, at least one; nil at the end of the stream.
    func read() async throws -> ByteBuffer? {
        while pending.readableBytes == 0 {
            guard try await fill() else { return nil }
        }
        defer { pending = ByteBuffer() }
        return pending
    }

    /// A head with its empty line; nil when the stream ends before the first byte.
    ///
    /// Throws `HTTPFailure` when the head is longer than `limit` bytes or cut off.
    func head(limit: Int) async throws -> [UInt8]? {
        var searched = 0
        while true {
            let view = pending.readableBytesView
            // TLS, SOCKS and the like show in the first byte; waiting for a head would only hold the connection.
            if let first = view.first, !isTokenByte(first) { throw HTTPFailure(400, "this is not HTTP") }
            if let end = Self.endOfHead(view, from: searched) {
                guard end <= limit else { throw HTTPFailure(431, "the header block is longer than \(limit) bytes") }
                return pending.readBytes(length: end)
            }
            guard view.count <= limit else {
                throw HTTPFailure(431, "the header block is longer than \(limit) bytes")
            }
            searched = max(0, view.count - 3)
            guard try await fill() else {
                if pending.readableBytes == 0 { return nil }
                throw HTTPFailure(400, "the connection ended inside the head")
            }
        }
    }

    /// The next piece of a body; nil at its end. Throws `HTTPFailure` when it is malformed or cut off.
    func body(_ state: inout BodyState) async throws -> ByteBuffer? {
        while true {
            switch state {
            case .ended:
                return nil
            case .untilClose:
                return try await read()
            case .length(let left):
                guard var piece = try await read() else { throw HTTPFailure(400, "the body ended early") }
                if piece.readableBytes > left {
                    let own = piece.readSlice(length: left)
                    pending = piece
                    state = .ended
                    return own
                }
                state = left == piece.readableBytes ? .ended : .length(left - piece.readableBytes)
                return piece
            case .chunked(var decoder):
                let output = try decoder.next(&pending)
                state = .chunked(decoder)
                switch output {
                case .data(let piece): return piece
                case .end: state = .ended
                case .needsMore:
                    guard try await fill() else { throw HTTPFailure(400, "the body ended early") }
                }
            }
        }
    }

    private func fill() async throws -> Bool {
        guard var more = try await iterator.next(isolation: #isolation) else { return false }
        if pending.readableBytes == 0 { pending = more } else { pending.writeBuffer(&more) }
        return true
    }

    /// The offset behind CRLFCRLF. A bare LFLF ends the search too, so that the parser can refuse it at once.
    private static func endOfHead(_ view: ByteBufferView, from offset: Int) -> Int? {
        var index = view.startIndex + offset
        while let feed = view[index...].firstIndex(of: 0x0a) {
            let length = feed - view.startIndex + 1
            if length >= 2, view[feed - 1] == 0x0a { return length }
            if length >= 4, view[feed - 1] == 0x0d, view[feed - 2] == 0x0a { return length }
            if length == 2, view[feed - 1] == 0x0d { return length }
            index = feed + 1
        }
        return nil
    }
}

/// How far a body has been read.
enum BodyState {
    case ended
    /// Bytes that are still to come.
    case length(Int)
    case chunked(ChunkedDecoder)
    case untilClose

    init(_ framing: BodyFraming) {
        switch framing {
        case .none: self = .ended
        case .length(let count): self = .length(count)
        case .chunked: self = .chunked(ChunkedDecoder())
        case .untilClose: self = .untilClose
        }
    }
}
