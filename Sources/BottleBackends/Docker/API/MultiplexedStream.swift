// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The two streams of a process that an engine sends as one: frames of a kind, a length and so many bytes.
///
/// The format is that of the engine API's `application/vnd.docker.raw-stream`: one byte that names the stream, three that
/// say nothing, and the length as four bytes, the highest first.
struct MultiplexedStream: Sendable {
    private(set) var stdout: [UInt8] = []
    private(set) var stderr: [UInt8] = []
    /// Whether a stream had more than the limit; what came first is kept.
    private(set) var isTruncated = false
    /// Whether something else than frames came; nothing is read from there on.
    private(set) var isBroken = false
    /// Whether all frames so far came to their ends.
    var isWhole: Bool { !isBroken && header.isEmpty && missing == 0 }

    private static let headerLength = 8
    private let limit: Int
    private var header: [UInt8] = []
    private var kind: UInt8 = 0
    private var missing = 0

    /// - Parameter limit: What is kept of each stream, in bytes.
    init(limit: Int) { self.limit = limit }

    /// Takes what came next, in pieces of any size.
    mutating func take(_ bytes: some Collection<UInt8>) {
        var rest = bytes[...]
        while !rest.isEmpty, !isBroken {
            if missing == 0 {
                let more = rest.prefix(Self.headerLength - header.count)
                header += more
                rest = rest.dropFirst(more.count)
                guard header.count == Self.headerLength else { return }
                kind = header[0]
                missing = header[4...].reduce(0) { $0 << 8 | Int($1) }
                isBroken = !(1...2).contains(kind)
                header = []
            } else {
                let payload = rest.prefix(missing)
                keep(payload, in: kind == 1 ? \.stdout : \.stderr)
                missing -= payload.count
                rest = rest.dropFirst(payload.count)
            }
        }
    }

    private mutating func keep(_ payload: some Collection<UInt8>, in stream: WritableKeyPath<Self, [UInt8]>) {
        let room = max(0, limit - self[keyPath: stream].count)
        self[keyPath: stream] += payload.prefix(room)
        if payload.count > room { isTruncated = true }
    }
}
