// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// A tar archive as POSIX has it (ustar, with pax headers for what ustar has no room for), written entry by entry.
///
/// Times are 0 and owners come from the caller, so that the same entries are always the same bytes.
package struct TarArchive: Sendable {
    private static let block = 512

    /// Who owns an entry.
    package struct Owner: Sendable, Hashable {
        package var uid: UInt32
        package var gid: UInt32

        package init(uid: UInt32, gid: UInt32) {
            self.uid = uid
            self.gid = gid
        }

        /// The agent's user in a guest.
        package static let agent = Owner(uid: Contract.agentUID, gid: Contract.agentUID)
        package static let root = Owner(uid: 0, gid: 0)
    }

    private enum Kind: UInt8 {
        case file = 0x30
        case link = 0x32
        case directory = 0x35
        case extended = 0x78
    }

    private var content: [UInt8] = []

    package init() {}

    /// The whole archive, its end included.
    package var bytes: [UInt8] { content + [UInt8](repeating: 0, count: 2 * Self.block) }

    /// Adds a directory; of the special mode bits only "sticky" is kept.
    ///
    /// - Parameter path: Relative to where the archive is unpacked, without `.` and `..`.
    /// - Throws: `.input` for a path that an archive cannot have.
    package mutating func add(
        directory path: String, mode: UInt16 = 0o755, owner: Owner = .root
    ) throws(BottleError) {
        try add(path, .directory, mode: mode, owner: owner, content: [], target: "")
    }

    /// Adds a file.
    ///
    /// - Throws: `.input` for a path that an archive cannot have.
    package mutating func add(
        file path: String, _ bytes: [UInt8], mode: UInt16, owner: Owner = .root
    ) throws(BottleError) {
        try add(path, .file, mode: mode, owner: owner, content: bytes, target: "")
    }

    /// Adds a symbolic link.
    ///
    /// - Throws: `.input` for a path or a target that an archive cannot have.
    package mutating func add(
        symlink path: String, to target: String, owner: Owner = .root
    ) throws(BottleError) {
        guard !target.isEmpty, !target.utf8.contains(0) else {
            throw BottleError(.input, "The link \(Quoted(path)) leads nowhere: give it a target.")
        }
        try add(path, .link, mode: 0o777, owner: owner, content: [], target: target)
    }

    private mutating func add(
        _ path: String, _ kind: Kind, mode: UInt16, owner: Owner, content: [UInt8], target: String
    ) throws(BottleError) {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
        guard isPlain, !path.utf8.contains(0) else {
            throw BottleError(.input, "The path \(Quoted(path)) cannot stand in an archive: give a plain relative one.")
        }
        var records: [UInt8] = []
        if path.utf8.count > 100 { records += Self.record("path", path) }
        if target.utf8.count > 100 { records += Self.record("linkpath", target) }
        if !records.isEmpty {
            self.content += Self.header(
                "pax/header", .extended, mode: 0o600, owner: owner, size: records.count, target: "")
            append(records)
        }
        self.content += Self.header(
            path, kind, mode: mode & (kind == .directory ? 0o1777 : 0o777), owner: owner, size: content.count,
            target: target)
        append(content)
    }

    private mutating func append(_ bytes: [UInt8]) {
        content += bytes
        let rest = bytes.count % Self.block
        if rest > 0 { content += [UInt8](repeating: 0, count: Self.block - rest) }
    }

    /// `<length> <key>=<value>\n`, where the length counts its own digits.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let tail = " \(key)=\(value)\n".utf8
        var length = tail.count
        while "\(length)".utf8.count + tail.count != length { length = "\(length)".utf8.count + tail.count }
        return Array("\(length)".utf8) + tail
    }

    private static func header(
        _ path: String, _ kind: Kind, mode: UInt16, owner: Owner, size: Int, target: String
    ) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: block)
        func put(_ text: some Sequence<UInt8>, at offset: Int, room: Int) {
            for (index, byte) in text.prefix(room).enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, digits: Int) -> [UInt8] {
            let text = String(number, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
        }
        put(path.utf8, at: 0, room: 100)
        put(octal(Int(mode), digits: 7), at: 100, room: 7)
        put(octal(Int(owner.uid), digits: 7), at: 108, room: 7)
        put(octal(Int(owner.gid), digits: 7), at: 116, room: 7)
        put(octal(size, digits: 11), at: 124, room: 11)
        put(octal(0, digits: 11), at: 136, room: 11)
        header[156] = kind.rawValue
        put(target.utf8, at: 157, room: 100)
        put(Array("ustar\u{0}00".utf8), at: 257, room: 8)
        // The sum is taken with spaces in its own place.
        put([UInt8](repeating: 0x20, count: 8), at: 148, room: 8)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(octal(sum, digits: 6) + [0, 0x20], at: 148, room: 8)
        return header
    }
}
