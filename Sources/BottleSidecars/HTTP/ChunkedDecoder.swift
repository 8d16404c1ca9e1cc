// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Takes the chunked coding off a body, strictly; trailers are checked and thrown away.
package struct ChunkedDecoder {
    private enum State {
        case size
        case data(Int)
        case dataEnd
        case trailer(left: Int)
        case finished
    }

    /// What the bytes so far yield.
    package enum Output {
        case data(ByteBuffer)
        case needsMore
        case end
    }

    private var state = State.size

    package init() {}

    /// Consumes from the front of `buffer`; throws on anything but well-formed chunks.
    package mutating func next(_ buffer: inout ByteBuffer) throws(HTTPFailure) -> Output {
        while true {
            switch state {
            case .size:
                guard let line = try takeLine(&buffer, limit: 256) else { return .needsMore }
                let digits = line.prefix { hexDigit($0) != nil }
                guard (1...15).contains(digits.count) else { throw .bad("a chunk size that is no number") }
                let rest = line[digits.endIndex...]
                // Extensions mean nothing here and are not passed on; only their look is checked.
                guard rest.isEmpty || rest.first == UInt8(ascii: ";"),
                    rest.allSatisfy({ $0 == 0x09 || (0x20..<0x7f).contains($0) })
                else { throw .bad("a malformed chunk size line") }
                let size = digits.reduce(0) { $0 << 4 | (hexDigit($1) ?? 0) }
                state = size == 0 ? .trailer(left: 8192) : .data(size)
            case .data(let left):
                guard let piece = buffer.readSlice(length: min(left, buffer.readableBytes)), piece.readableBytes > 0
                else { return .needsMore }
                state = left == piece.readableBytes ? .dataEnd : .data(left - piece.readableBytes)
                return .data(piece)
            case .dataEnd:
                guard buffer.readableBytes >= 2 else { return .needsMore }
                guard buffer.readBytes(length: 2) == [0x0d, 0x0a] else { throw .bad("a chunk longer than its size") }
                state = .size
            case .trailer(let left):
                guard let line = try takeLine(&buffer, limit: left) else { return .needsMore }
                if line.isEmpty {
                    state = .finished
                    return .end
                }
                var ignored = HeaderFields()
                try ignored.append(line: line[...])
                state = .trailer(left: left - line.count - 2)
            case .finished:
                return .end
            }
        }
    }

    private func takeLine(_ buffer: inout ByteBuffer, limit: Int) throws(HTTPFailure) -> [UInt8]? {
        let view = buffer.readableBytesView
        guard let feed = view.firstIndex(of: 0x0a) else {
            guard view.count <= limit else { throw .bad("a chunk line that is too long") }
            return nil
        }
        let line = Array(view[..<feed])
        guard line.last == 0x0d, !line.dropLast().contains(0x0d), line.count <= limit + 1 else {
            throw .bad("a chunk line that does not end in CRLF")
        }
        buffer.moveReaderIndex(forwardBy: line.count + 1)
        return Array(line.dropLast())
    }
}
