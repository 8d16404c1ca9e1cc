// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// A directory with everything in it as one digest, and who owns any of it.
///
/// The digest is that of one line an entry, in the order of the paths' bytes: type, mode, digest of the contents or of a
/// link's target, path below the directory, a line feed; the directory itself has none.
struct TreeFacts {
    private static let mostEntries = 20_000
    private static let mostDepth = 64
    private static let mostBytes: UInt64 = 64 << 20
    private static let listCapacity = 1 << 20

    private struct Line {
        var path: Bytes
        var text: Bytes
    }

    private var lines: [Line] = []
    private var bytes: UInt64 = 0
    private var users: [UInt32] = []
    private var groups: [UInt32] = []
    /// How many entries are neither file, directory nor link.
    private var strangers: UInt64 = 0

    /// `uid`, `gid` and `mode` of the directory itself; of what is in it `count`, `digest`, `uids`, `gids`, `strangers` and the first names, `names`, each ended by a slash.
    mutating func collect(_ path: Bytes) -> Outcome {
        let directory = Self.open(path)
        guard directory >= 0 else { return Outcome(.done, errno: directory) }
        defer { _ = probe_close(directory) }
        var status = probe_status()
        var outcome = Outcome(.done, errno: probe_descriptor_status(directory, &status))
        if outcome.errno == 0 { outcome.errno = -walk(directory, below: [], depth: 0) }
        guard outcome.errno == 0 else { return outcome }
        lines.sort { $0.path.lexicographicallyPrecedes($1.path) }
        var hash = Sha256()
        var names: Bytes = []
        for line in lines {
            hash.update(line.text[...])
            if !line.path.contains(0x2f) { names += line.path + [0x2f] }
        }
        outcome.note("uid", Bytes(decimal: UInt64(status.uid)))
        outcome.note("gid", Bytes(decimal: UInt64(status.gid)))
        outcome.note("mode", Bytes(UInt64(status.mode), base: 8, width: 4))
        outcome.note("count", Bytes(decimal: UInt64(lines.count)))
        outcome.note("digest", hash.finish())
        outcome.note("uids", Self.list(users))
        outcome.note("gids", Self.list(groups))
        outcome.note("strangers", Bytes(decimal: strangers))
        outcome.note("names", names)
        return outcome
    }

    /// Opens an absolute path without following a link anywhere on it.
    static func open(_ path: Bytes) -> Int32 {
        var directory = probe_open_root()
        for part in path.pieces(separatedBy: 0x2f) where !part.isEmpty {
            guard directory >= 0 else { return directory }
            let next = probe_open_directory(directory, part.terminated)
            _ = probe_close(directory)
            directory = next
        }
        return directory
    }

    /// The names in a directory, in the order of their bytes.
    static func names(_ directory: Int32) -> Result<[Bytes], Failure> {
        var buffer = Bytes(repeating: 0, count: listCapacity)
        let used = probe_list(directory, &buffer, buffer.count)
        guard used >= 0 else { return .failure(Failure(error: Int32(truncatingIfNeeded: used))) }
        var names = buffer[..<used].split(separator: 0).map { Bytes($0) }
        names.sort { $0.lexicographicallyPrecedes($1) }
        return .success(names)
    }

    /// The negative error number of a call.
    struct Failure: Error {
        var error: Int32
    }

    /// 0 or a negative error number.
    private mutating func walk(_ directory: Int32, below prefix: Bytes, depth: Int) -> Int32 {
        guard depth <= Self.mostDepth else { return -probe_error_overflow }
        let names: [Bytes]
        switch Self.names(directory) {
        case .failure(let failure): return failure.error
        case .success(let found): names = found
        }
        for name in names {
            guard lines.count < Self.mostEntries else { return -probe_error_overflow }
            let path = prefix.isEmpty ? name : prefix + [0x2f] + name
            let result = entry(name, in: directory, path, depth)
            guard result == 0 else { return result }
        }
        return 0
    }

    private mutating func entry(_ name: Bytes, in directory: Int32, _ path: Bytes, _ depth: Int) -> Int32 {
        var status = probe_status()
        let found = probe_status_in(directory, name.terminated, &status)
        guard found == 0 else { return found }
        own(status)
        switch UInt8(bitPattern: status.type) {
        case UInt8(ascii: "d"):
            note("d", status.mode, [], path)
            let child = probe_open_directory(directory, name.terminated)
            guard child >= 0 else { return child }
            defer { _ = probe_close(child) }
            return walk(child, below: path, depth: depth + 1)
        case UInt8(ascii: "r"):
            let file = probe_open_in(directory, name.terminated)
            guard file >= 0 else { return file }
            defer { _ = probe_close(file) }
            var hash = Sha256()
            var buffer = Bytes(repeating: 0, count: 65_536)
            while true {
                let count = probe_read(file, &buffer, buffer.count)
                if count < 0 { return Int32(truncatingIfNeeded: count) }
                if count == 0 { break }
                bytes += UInt64(count)
                guard bytes <= Self.mostBytes else { return -probe_error_too_big }
                hash.update(buffer[..<count])
            }
            note("r", status.mode, hash.finish(), path)
        case UInt8(ascii: "l"):
            var buffer = Bytes(repeating: 0, count: 4096)
            let length = probe_read_link_in(directory, name.terminated, &buffer, buffer.count)
            guard length >= 0 else { return Int32(truncatingIfNeeded: length) }
            note("l", 0o777, Sha256.hex(Bytes(buffer[..<length])), path)
        default:
            strangers += 1
            note("o", status.mode, [], path)
        }
        return 0
    }

    private mutating func note(_ type: StaticString, _ mode: UInt32, _ digest: Bytes, _ path: Bytes) {
        var text = Bytes(type)
        text.append(0x20)
        text += Bytes(UInt64(mode), base: 8, width: 4)
        text.append(0x20)
        text += digest.isEmpty ? [0x2d] : digest
        text.append(0x20)
        text += path
        text.append(0x0a)
        lines.append(Line(path: path, text: text))
    }

    private mutating func own(_ status: probe_status) {
        if !users.contains(status.uid) { users.append(status.uid) }
        if !groups.contains(status.gid) { groups.append(status.gid) }
    }

    private static func list(_ numbers: [UInt32]) -> Bytes {
        var text: Bytes = []
        for number in numbers.sorted() {
            if !text.isEmpty { text.append(0x20) }
            text += Bytes(decimal: UInt64(number))
        }
        return text
    }
}
