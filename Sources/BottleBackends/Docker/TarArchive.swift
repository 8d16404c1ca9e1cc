// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// An archive in the ustar format, as engines take it for copies and for the context of a build.
///
/// The same entries give the same bytes: nothing of this machine's clock or users gets in.
struct TarArchive {
    private enum Kind: UInt8 {
        case file = 0x30
        case symlink = 0x32
        case directory = 0x35
    }

    private static let block = 512

    private var content: [UInt8] = []

    /// The whole archive, with its end.
    var bytes: [UInt8] { content + [UInt8](repeating: 0, count: 2 * Self.block) }

    /// Adds a directory; its path is relative to where the archive is unpacked, as all are.
    mutating func add(directory path: String, mode: UInt32 = 0o755, owner: UInt32 = 0) throws(BottleError) {
        try add(.directory, path.hasSuffix("/") ? path : path + "/", mode: mode, owner: owner, size: 0, target: "")
    }

    mutating func add(symlink path: String, to target: String) throws(BottleError) {
        try add(.symlink, path, mode: 0o777, owner: 0, size: 0, target: target)
    }

    mutating func add(file path: String, _ bytes: [UInt8], mode: UInt32, owner: UInt32 = 0) throws(BottleError) {
        try add(.file, path, mode: mode, owner: owner, size: bytes.count, target: "")
        content += bytes
        let rest = bytes.count % Self.block
        if rest > 0 { content += [UInt8](repeating: 0, count: Self.block - rest) }
    }

    private mutating func add(
        _ kind: Kind, _ path: String, mode: UInt32, owner: UInt32, size: Int, target: String
    ) throws(BottleError) {
        let (prefix, name) = try Self.split(path)
        guard target.utf8.count <= 100 else {
            throw BottleError(.input, "The target of the link \(Quoted(path)) is too long for an archive.")
        }
        var header = [UInt8](repeating: 0, count: Self.block)
        func put(_ text: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in text.enumerated() { header[offset + index] = byte }
        }
        put(name.utf8, at: 0)
        put(Self.octal(UInt64(mode), digits: 7), at: 100)
        put(Self.octal(UInt64(owner), digits: 7), at: 108)
        put(Self.octal(UInt64(owner), digits: 7), at: 116)
        put(Self.octal(UInt64(size), digits: 11), at: 124)
        put(Self.octal(0, digits: 11), at: 136)
        header[156] = kind.rawValue
        put(target.utf8, at: 157)
        put("ustar\u{0}00".utf8, at: 257)
        put(prefix.utf8, at: 345)
        // The sum is taken with its own field as spaces.
        put([UInt8](repeating: 0x20, count: 8), at: 148)
        let sum = header.reduce(UInt64(0)) { $0 + UInt64($1) }
        put(Self.octal(sum, digits: 6) + [0, 0x20], at: 148)
        content += header
    }

    /// A path that is longer than its field continues in another one, cut at a slash.
    private static func split(_ path: String) throws(BottleError) -> (prefix: String, name: String) {
        guard !path.hasPrefix("/"), !path.isEmpty, !path.utf8.contains(0),
            !path.split(separator: "/").contains("..")
        else { throw BottleError(.input, "The path \(Quoted(path)) cannot stand in an archive.") }
        if path.utf8.count <= 100 { return ("", path) }
        for index in path.indices where path[index] == "/" {
            let name = path[path.index(after: index)...]
            if name.utf8.count <= 100, !name.isEmpty, path[..<index].utf8.count <= 155 {
                return (String(path[..<index]), String(name))
            }
        }
        throw BottleError(.input, "The path \(Quoted(path)) is too long for an archive.")
    }

    private static func octal(_ number: UInt64, digits: Int) -> [UInt8] {
        let text = String(number, radix: 8)
        return Array((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8)
    }
}
