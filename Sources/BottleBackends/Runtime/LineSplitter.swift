// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Cuts a stream into lines, with a bound on their length.
struct LineSplitter {
    /// The longest line in bytes; what is longer is handed out up to here and the rest dropped.
    static let limit = 65_536

    private var pending: [UInt8] = []
    /// Whether the rest of a line that was too long is being skipped.
    private var isSkipping = false

    /// Takes the next piece of the stream and hands out the lines it completes; empty ones are left out.
    mutating func take(_ bytes: some Sequence<UInt8>, _ line: ([UInt8]) -> Void) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                finish(line)
                isSkipping = false
            } else if !isSkipping {
                pending.append(byte)
                if pending.count == Self.limit {
                    finish(line)
                    isSkipping = true
                }
            }
        }
    }

    /// Hands out a last line without an end.
    mutating func finish(_ line: ([UInt8]) -> Void) {
        if !pending.isEmpty { line(pending) }
        pending.removeAll(keepingCapacity: true)
    }
}
