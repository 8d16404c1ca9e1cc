// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Whole reads and writes on descriptors, blocking or not.
enum Descriptor {
    /// Writes everything; false when the reader is gone or the device is full.
    static func write(_ bytes: Bytes, to descriptor: Int32) -> Bool {
        writeCounting(bytes, to: descriptor).error == 0
    }

    /// Writes as much as possible: how many bytes, and the negative error number or 0.
    static func writeCounting(_ bytes: Bytes, to descriptor: Int32) -> (count: Int, error: Int32) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBufferPointer { buffer -> Int in
                guard let base = buffer.baseAddress else { return 0 }
                return probe_write(descriptor, base + done, buffer.count - done)
            }
            if written == -Int(probe_error_try_again) {
                // An engine may hand us a nonblocking pipe; how long it stays full is for the engine to bound.
                _ = wait(descriptor, forWrite: true, milliseconds: 1000)
            } else if written <= 0 {
                return (done, written == 0 ? -probe_error_io : Int32(truncatingIfNeeded: written))
            } else {
                done += written
            }
        }
        return (done, 0)
    }

    /// Appends what one read gives; the number of bytes, 0 at the end, or a negative error number.
    static func read(_ descriptor: Int32, into bytes: inout Bytes, atMost capacity: Int = 65536) -> Int {
        var buffer = Bytes(repeating: 0, count: capacity)
        let count = probe_read(descriptor, &buffer, capacity)
        if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
        return count
    }

    /// A whole small file such as those of /proc, at most 4 MiB; nil when it cannot be opened or read.
    static func contents(_ path: StaticString) -> Bytes? {
        let descriptor = probe_open(path.utf8Start)
        guard descriptor >= 0 else { return nil }
        defer { _ = probe_close(descriptor) }
        var bytes: Bytes = []
        while bytes.count < 4 << 20 {
            let count = read(descriptor, into: &bytes)
            if count < 0 { return nil }
            if count == 0 { break }
        }
        return bytes
    }

    /// Waits until the descriptor is ready; false when the time is over.
    static func wait(_ descriptor: Int32, forWrite: Bool, milliseconds: Int32) -> Bool {
        var waiter = probe_waiter(descriptor: descriptor, for_write: forWrite ? 1 : 0, ready: 0)
        return probe_poll(&waiter, 1, milliseconds) > 0
    }
}
