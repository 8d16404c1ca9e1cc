// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What an engine hands out for one path of a container: the first entry of a tar archive.
enum ArchivedEntry: Sendable, Hashable {
    case file([UInt8])
    /// A symbolic link, with its target as it is written.
    case link(String)
    /// A directory, a device, or no archive at all.
    case other

    private static let block = 512

    init(_ archive: [UInt8]) {
        var rest = archive[...]
        var target: String?
        while rest.count >= Self.block {
            let header = Array(rest.prefix(Self.block))
            rest = rest.dropFirst(Self.block)
            // The end of an archive is blocks of zeros.
            guard header[0] != 0, let size = Self.octal(header[124..<136]), (0...rest.count).contains(size) else {
                break
            }
            let content = rest.prefix(size)
            switch header[156] {
            case UInt8(ascii: "x"): target = Self.linkPath(content) ?? target
            case UInt8(ascii: "K"): target = Self.text(content)
            case UInt8(ascii: "g"), UInt8(ascii: "L"): break
            case UInt8(ascii: "0"), 0:
                self = .file(Array(content))
                return
            case UInt8(ascii: "2"):
                self = .link(target ?? Self.text(header[157..<257]))
                return
            default:
                self = .other
                return
            }
            // To the next header, which begins with a block.
            rest = rest.dropFirst((size + Self.block - 1) / Self.block * Self.block)
        }
        self = .other
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Octal digits among spaces and zeros; nil for anything else, such as a size beyond 8 GiB.
    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.filter { $0 != 0x20 && $0 != 0 }
        return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    /// The target of a link that is too long for its own header: a record `LENGTH linkpath=TARGET\n` of an extended one.
    private static func linkPath(_ records: ArraySlice<UInt8>) -> String? {
        let key = "linkpath="
        for line in String(decoding: records, as: UTF8.self).split(separator: "\n") {
            guard let space = line.firstIndex(of: " ") else { continue }
            let record = line[line.index(after: space)...]
            if record.hasPrefix(key) { return String(record.dropFirst(key.count)) }
        }
        return nil
    }
}
