// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Small files of procfs and the like.
enum Files {
    /// The first 64 KiB of a file, or nil.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = launcher_open(path, launcher_read_only(), 0)
        guard descriptor >= 0 else { return nil }
        defer { launcher_close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 65536 {
            let count = launcher_read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[0..<count])
        }
        return bytes
    }

    /// Writes a whole value with one call, as procfs wants it; 0 or a negative errno.
    static func write(_ path: String, _ value: String) -> Int32 {
        let descriptor = launcher_open(path, launcher_write_only(), 0)
        guard descriptor >= 0 else { return descriptor }
        defer { launcher_close(descriptor) }
        let bytes = Array(value.utf8)
        let count = launcher_write(descriptor, bytes, bytes.count)
        return count < 0 ? Int32(truncatingIfNeeded: count) : 0
    }

    /// Writes all bytes; 0 or a negative errno.
    static func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32 {
        var position = 0
        while position < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                launcher_write(descriptor, buffer.baseAddress.map { $0 + position }, buffer.count - position)
            }
            guard count >= 0 else { return Int32(truncatingIfNeeded: count) }
            position += count
        }
        return 0
    }

    /// The inode in a namespace link such as `net:[4026531840]`.
    static func namespaceInode(_ name: String) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 128)
        let count = launcher_readlink("/proc/self/ns/" + name, &buffer, buffer.count)
        var digits: [UInt8] = []
        for index in 0..<max(count, 0) {
            let byte = UInt8(bitPattern: buffer[index])
            if byte >= 48 && byte <= 57 { digits.append(byte) }
        }
        return digits
    }

    /// Whitespace-separated unsigned numbers; anything else ends the list.
    static func numbers(_ bytes: [UInt8]) -> [UInt64] {
        var result: [UInt64] = []
        var current: UInt64?
        for byte in bytes {
            if byte >= 48 && byte <= 57 {
                let (scaled, overflow) = (current ?? 0).multipliedReportingOverflow(by: 10)
                guard !overflow else { return result }
                current = scaled &+ UInt64(byte - 48)
            } else if let value = current {
                result.append(value)
                current = nil
            }
        }
        if let value = current { result.append(value) }
        return result
    }
}
