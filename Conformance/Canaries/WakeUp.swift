// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// A pipe that interrupts the serving thread's wait.
struct WakeUp: Sendable {
    /// The end to wait at.
    var descriptor: Int32 { reader.rawValue }
    private let reader: FileDescriptor
    private let writer: FileDescriptor

    /// Throws the errno when no pipe can be made.
    init() throws(Errno) { (reader, writer) = try SocketCalls.pipe() }

    /// Interrupts the wait; a full pipe has been rung already.
    func ring() { _ = try? writer.writeAll([1]) }

    /// Makes the next wait possible again.
    func clear() {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            while let count = try? reader.read(into: buffer), count == buffer.count {}
        }
    }

    func close() {
        SocketCalls.close(reader.rawValue)
        SocketCalls.close(writer.rawValue)
    }
}
