// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The two streams of a process that an engine sends as one, kept up to a limit.
struct MultiplexedStream: Sendable {
    private(set) var stdout: [UInt8] = []
    private(set) var stderr: [UInt8] = []
    /// Whether a stream had more than the limit; what came first is kept.
    private(set) var isTruncated = false
    /// Whether something else than frames came; nothing is read from there on.
    var isBroken: Bool { frames.isBroken }
    /// Whether all frames so far came to their ends.
    var isWhole: Bool { frames.isWhole }

    private let limit: Int
    private var frames = StreamFrames()

    /// - Parameter limit: What is kept of each stream, in bytes.
    init(limit: Int) { self.limit = limit }

    /// Takes what came next, in pieces of any size.
    mutating func take(_ bytes: some Collection<UInt8>) {
        var (stdout, stderr) = ([UInt8](), [UInt8]())
        frames.take(bytes) { kind, piece in
            switch kind {
            case .stdout: stdout += piece
            case .stderr: stderr += piece
            }
        }
        keep(stdout, in: \.stdout)
        keep(stderr, in: \.stderr)
    }

    private mutating func keep(_ payload: [UInt8], in stream: WritableKeyPath<Self, [UInt8]>) {
        let room = max(0, limit - self[keyPath: stream].count)
        self[keyPath: stream] += payload.prefix(room)
        if payload.count > room { isTruncated = true }
    }
}
