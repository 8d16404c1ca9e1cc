// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The frames in which an engine sends two streams of a process as one: a kind, a length and so many bytes.
///
/// The format is that of the engine API's `application/vnd.docker.raw-stream`: one byte that names the stream, three that
/// say nothing, and the length as four bytes, the highest first.
struct StreamFrames: Sendable {
    /// Which stream a frame is of.
    enum Kind: UInt8, Sendable { case stdout = 1, stderr = 2 }

    /// Whether something else than frames came; nothing is read from there on.
    private(set) var isBroken = false
    /// Whether all frames so far came to their ends.
    var isWhole: Bool { !isBroken && header.isEmpty && missing == 0 }

    private static let headerLength = 8
    private var header: [UInt8] = []
    private var kind = Kind.stdout
    private var missing = 0

    /// Takes what came next, in pieces of any size, and hands out what each stream got of it.
    mutating func take<Bytes: Collection<UInt8>>(_ bytes: Bytes, _ payload: (Kind, Bytes.SubSequence) -> Void) {
        var rest = bytes[...]
        while !rest.isEmpty, !isBroken {
            if missing == 0 {
                let more = rest.prefix(Self.headerLength - header.count)
                header += more
                rest = rest.dropFirst(more.count)
                guard header.count == Self.headerLength else { return }
                missing = header[4...].reduce(0) { $0 << 8 | Int($1) }
                if let kind = Kind(rawValue: header[0]) { self.kind = kind } else { isBroken = true }
                header = []
            } else {
                let piece = rest.prefix(missing)
                payload(kind, piece)
                missing -= piece.count
                rest = rest.dropFirst(piece.count)
            }
        }
    }
}
