// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Unpacks a tar archive from standard input, as the user it runs as and never anywhere else than its paths say.
///
/// Nothing that exists is overwritten or followed: a link at the place of a file or on the way to it is an error, as are
/// absolute paths, `..`, hard links, devices and special mode bits. What is unpacked is its own modes from creation on.
struct TarReader {
    private static let block = 512
    /// Of one extended header.
    private static let recordCap: UInt64 = 1 << 20

    /// How many entries were made.
    private(set) var count = 0
    /// From the extended header before an entry.
    private var longPath: Bytes?
    private var longTarget: Bytes?

    /// Reads to the end of the archive; empty, or what was wrong as one sentence.
    mutating func unpack() -> Bytes {
        probe_clear_umask()
        while true {
            var header: Bytes = []
            guard Self.fill(&header, Self.block) else { return Bytes("the archive ends within an entry") }
            // A block of zeros ends it; what follows is padding.
            if !header.contains(where: { $0 != 0 }) { return Self.drain() }
            guard Self.isSummed(header) else { return Bytes("the archive is damaged: a header has another checksum") }
            guard let size = Self.octal(header[124..<136]), let mode = Self.octal(header[100..<108]) else {
                return Bytes("the archive is damaged: a header has no size or mode")
            }
            let problem = take(header, size: size, mode: mode)
            if !problem.isEmpty { return problem }
        }
    }

    private mutating func take(_ header: Bytes, size: UInt64, mode: UInt64) -> Bytes {
        let kind = header[156]
        if kind == UInt8(ascii: "x") { return takeRecords(size) }
        let path = longPath ?? Self.text(header[0..<100], prefix: header[345..<500])
        let target = longTarget ?? Self.text(header[157..<257], prefix: [])
        longPath = nil
        longTarget = nil
        guard mode <= 0o777 else { return Self.problem(path, "has special mode bits") }
        let parts = Self.components(path)
        guard let name = parts.last else { return Self.problem(path, "is no plain relative path") }
        let parent = Self.openParent([Bytes](parts.dropLast()))
        guard parent >= 0 else { return Self.problem(path, parent) }
        defer { _ = probe_close(parent) }
        let bits = UInt32(truncatingIfNeeded: mode)
        count += 1
        switch kind {
        case UInt8(ascii: "5"): return Self.makeDirectory(parent, name, bits, path)
        case UInt8(ascii: "2"):
            let made = probe_make_link(parent, name.terminated, target.terminated)
            return made == 0 ? [] : Self.problem(path, made)
        case UInt8(ascii: "0"), 0: return Self.makeFile(parent, name, bits, size, path)
        default: return Self.problem(path, "is of a kind that is not unpacked")
        }
    }

    // MARK: Making

    private static func openParent(_ parts: [Bytes]) -> Int32 {
        var current = probe_open_root()
        for part in parts {
            guard current >= 0 else { return current }
            var next = probe_open_directory(current, part.terminated)
            if next == -probe_error_missing {
                let made = probe_make_directory(current, part.terminated, 0o755)
                next = made == 0 || made == -probe_error_exists ? probe_open_directory(current, part.terminated) : made
            }
            _ = probe_close(current)
            current = next
        }
        return current
    }

    private static func makeDirectory(_ parent: Int32, _ name: Bytes, _ mode: UInt32, _ path: Bytes) -> Bytes {
        let made = probe_make_directory(parent, name.terminated, mode)
        if made == 0 { return [] }
        guard made == -probe_error_exists else { return problem(path, made) }
        // One that was made on the way to something else, or that the guest has anyway, gets no other mode.
        let existing = probe_open_directory(parent, name.terminated)
        guard existing >= 0 else { return problem(path, existing) }
        _ = probe_close(existing)
        return []
    }

    private static func makeFile(
        _ parent: Int32, _ name: Bytes, _ mode: UInt32, _ size: UInt64, _ path: Bytes
    ) -> Bytes {
        // The owner can write while it is written; what the others can do is never more than asked for.
        let descriptor = probe_create_in(parent, name.terminated, mode | 0o200)
        guard descriptor >= 0 else { return problem(path, descriptor) }
        defer { _ = probe_close(descriptor) }
        var left = size
        while left > 0 {
            var chunk: Bytes = []
            let wanted = Int(min(left, 65_536))
            guard fill(&chunk, wanted) else { return Bytes("the archive ends within an entry") }
            let written = Descriptor.writeCounting(chunk, to: descriptor)
            guard written.error == 0 else { return problem(path, written.error) }
            left -= UInt64(wanted)
        }
        guard skipPadding(size) else { return Bytes("the archive ends within an entry") }
        guard mode & 0o200 == 0 else { return [] }
        let changed = probe_change_mode(descriptor, mode)
        return changed == 0 ? [] : problem(path, changed)
    }

    // MARK: Reading

    private mutating func takeRecords(_ size: UInt64) -> Bytes {
        var records: Bytes = []
        guard size <= Self.recordCap, Self.fill(&records, Int(size)), Self.skipPadding(size) else {
            return Bytes("the archive is damaged: an extended header is too long or cut off")
        }
        while !records.isEmpty {
            let digits = Bytes(records.prefix { $0 != 0x20 })
            guard let length = digits.decimal, length > UInt64(digits.count) + 1, length <= UInt64(records.count) else {
                return Bytes("the archive is damaged: an extended header is no list of records")
            }
            let record = Bytes(records[(digits.count + 1)..<(Int(length) - 1)])
            let key = Bytes(record.prefix { $0 != UInt8(ascii: "=") })
            let value = Bytes(record.dropFirst(key.count + 1))
            if key.equals("path") { longPath = value }
            if key.equals("linkpath") { longTarget = value }
            if key.equals("size") { return Bytes("the archive has a file of more than 8 GiB") }
            records = Bytes(records.dropFirst(Int(length)))
        }
        return []
    }

    /// Reads exactly so many bytes; false at the end of the input.
    private static func fill(_ bytes: inout Bytes, _ wanted: Int) -> Bool {
        while bytes.count < wanted {
            let read = Descriptor.read(0, into: &bytes, atMost: min(65_536, wanted - bytes.count))
            if read == -Int(probe_error_try_again) {
                _ = Descriptor.wait(0, forWrite: false, milliseconds: 1000)
            } else if read <= 0 {
                return false
            }
        }
        return true
    }

    private static func skipPadding(_ size: UInt64) -> Bool {
        let rest = Int(size % UInt64(block))
        var padding: Bytes = []
        return rest == 0 || fill(&padding, block - rest)
    }

    /// Takes what follows the end of the archive, so that its writer is not cut off.
    private static func drain() -> Bytes {
        var rest: Bytes = []
        while fill(&rest, block) { rest = [] }
        return []
    }

    private static func isSummed(_ header: Bytes) -> Bool {
        var sum: UInt64 = 0
        for (index, byte) in header.enumerated() { sum += (148..<156).contains(index) ? 0x20 : UInt64(byte) }
        return octal(header[148..<156]) == sum
    }

    /// Octal digits between blanks and NULs; nil for anything else.
    private static func octal(_ field: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        var digits = 0
        for byte in field {
            if byte == 0x20 || byte == 0 {
                if digits > 0 { break }
                continue
            }
            guard byte >= 0x30, byte <= 0x37, digits < 12 else { return nil }
            number = number << 3 | UInt64(byte - 0x30)
            digits += 1
        }
        return digits > 0 ? number : nil
    }

    private static func text(_ field: ArraySlice<UInt8>, prefix: ArraySlice<UInt8>) -> Bytes {
        let name = Bytes(field.prefix { $0 != 0 })
        let front = Bytes(prefix.prefix { $0 != 0 })
        return front.isEmpty ? name : front + [UInt8(ascii: "/")] + name
    }

    /// The parts of a plain relative path, one slash at its end allowed; none for any other path.
    private static func components(_ path: Bytes) -> [Bytes] {
        var parts = path.pieces(separatedBy: UInt8(ascii: "/"))
        if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        for part in parts where part.isEmpty || part.equals(".") || part.equals("..") || part.contains(0) { return [] }
        return parts
    }

    private static func problem(_ path: Bytes, _ what: StaticString) -> Bytes {
        path + Bytes(" ") + Bytes(what)
    }

    private static func problem(_ path: Bytes, _ error: Int32) -> Bytes {
        let name = Bytes(terminated: probe_errno_name(error < 0 ? -error : error))
        return path + Bytes(" cannot be made: ") + name
    }
}
