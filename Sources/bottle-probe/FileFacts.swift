// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// What a file is and what it holds, and the making of one.
enum FileFacts {
    /// The largest file that is read, in bytes.
    private static let cap: UInt64 = 64 << 20

    /// Owner, mode, type and, for a regular file, the digest; a missing file is `done` with ENOENT.
    static func collect(_ path: Bytes) -> Outcome {
        var outcome = Outcome(.done)
        outcome.note("path", path)
        var status = probe_status()
        let found = probe_path_status(path.terminated, &status)
        guard found == 0 else {
            outcome.errno = -found
            return outcome
        }
        // Only what claims to be regular is opened: opening a device or a FIFO can have effects.
        guard isRegular(status) else {
            describe(status, &outcome)
            return outcome
        }
        let descriptor = probe_open(path.terminated)
        guard descriptor >= 0 else {
            describe(status, &outcome)
            outcome.errno = -descriptor
            return outcome
        }
        defer { _ = probe_close(descriptor) }
        let again = probe_descriptor_status(descriptor, &status)
        guard again == 0 else {
            outcome.errno = -again
            return outcome
        }
        describe(status, &outcome)
        if isRegular(status) { outcome.errno = digest(descriptor, &outcome) }
        return outcome
    }

    /// Reads a program to its end and keeps nothing: the kernel has it in memory then. Page after page, as it is run, the
    /// disk of a machine that is emulated takes ten seconds for it, which the first conversations would be too short for.
    ///
    /// - Parameter path: Ends with a zero byte.
    static func readThrough(_ path: Bytes) {
        var status = probe_status()
        guard probe_path_status(path, &status) == 0, isRegular(status) else { return }
        let descriptor = probe_open(path)
        guard descriptor >= 0 else { return }
        defer { _ = probe_close(descriptor) }
        var buffer = Bytes(repeating: 0, count: 1 << 20)
        var rest = mostOfProgram
        while rest > 0 {
            let count = probe_read(descriptor, &buffer, buffer.count)
            // What is wrong with it is told by whoever runs it.
            if count <= 0 { return }
            rest -= count
        }
    }

    /// Bytes: several times as many as any build of the helper has.
    private static let mostOfProgram = 256 << 20

    /// The first bytes of a regular file as what was received; a missing file is `done` with ENOENT.
    static func read(_ path: Bytes, limit: Int) -> Outcome {
        var status = probe_status()
        let found = probe_path_status(path.terminated, &status)
        guard found == 0 else { return Outcome(.done, errno: found) }
        guard isRegular(status) else { return Outcome(.done, errno: probe_error_invalid) }
        let descriptor = probe_open(path.terminated)
        guard descriptor >= 0 else { return Outcome(.done, errno: descriptor) }
        defer { _ = probe_close(descriptor) }
        var buffer = Bytes(repeating: 0, count: limit)
        var bytes: Bytes = []
        while bytes.count < limit {
            let count = probe_read(descriptor, &buffer, limit - bytes.count)
            if count < 0 { return Outcome(.done, errno: Int32(truncatingIfNeeded: count)) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        var outcome = Outcome(.done)
        outcome.received = [bytes]
        return outcome
    }

    /// Creates a file that must not exist; one that could not be written whole is removed again.
    static func create(_ path: Bytes, _ bytes: Bytes) -> Outcome {
        let descriptor = probe_create(path.terminated)
        guard descriptor >= 0 else { return Outcome(.done, errno: descriptor) }
        let written = Descriptor.writeCounting(bytes, to: descriptor)
        let closed = probe_close(descriptor)
        let error = written.error != 0 ? written.error : closed
        var outcome = Outcome(.done, errno: error)
        outcome.note("size", Bytes(decimal: UInt64(written.count)))
        if error != 0 { _ = probe_remove(path.terminated) }
        return outcome
    }

    /// Adds to the end of a file, which is made when it is missing.
    static func append(_ path: Bytes, _ bytes: Bytes) -> Outcome {
        let descriptor = probe_append(path.terminated)
        guard descriptor >= 0 else { return Outcome(.done, errno: descriptor) }
        let written = Descriptor.writeCounting(bytes, to: descriptor)
        let closed = probe_close(descriptor)
        var outcome = Outcome(.done, errno: written.error != 0 ? written.error : closed)
        outcome.note("size", Bytes(decimal: UInt64(written.count)))
        return outcome
    }

    private static func isRegular(_ status: probe_status) -> Bool {
        UInt8(bitPattern: status.type) == UInt8(ascii: "r")
    }

    private static func describe(_ status: probe_status, _ outcome: inout Outcome) {
        let type: StaticString =
            switch UInt8(bitPattern: status.type) {
            case UInt8(ascii: "r"): "regular"
            case UInt8(ascii: "d"): "directory"
            case UInt8(ascii: "l"): "symlink"
            default: "other"
            }
        outcome.note("type", Bytes(type))
        outcome.note("size", Bytes(decimal: status.size))
        outcome.note("uid", Bytes(decimal: UInt64(status.uid)))
        outcome.note("gid", Bytes(decimal: UInt64(status.gid)))
        outcome.note("mode", Bytes(UInt64(status.mode), base: 8, width: 4))
    }

    /// Adds the digest; 0 or the positive error number. The size is counted, because files of /proc claim 0.
    private static func digest(_ descriptor: Int32, _ outcome: inout Outcome) -> Int32 {
        var hash = Sha256()
        var buffer = Bytes(repeating: 0, count: 65536)
        var total: UInt64 = 0
        while true {
            let count = probe_read(descriptor, &buffer, buffer.count)
            if count < 0 { return Int32(truncatingIfNeeded: -count) }
            if count == 0 { break }
            total += UInt64(count)
            guard total <= cap else { return probe_error_too_big }
            hash.update(buffer[..<count])
        }
        outcome.note("sha256", hash.finish())
        return 0
    }
}
