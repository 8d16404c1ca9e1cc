// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is in a tar archive: the digest of every file, and where it stands. Read once from its begin to its end, with no
/// more of it in memory than a buffer and the names.
///
/// Strict, for programs differ in what they make of an archive that is not: a name that stands in it twice, an entry of
/// another kind than files, directories and links, or bytes behind its end are refused.
struct ArchiveIndex: Sendable {
    /// A file in the archive.
    struct File: Sendable, Hashable {
        /// SHA-256, as 64 hex digits.
        var digest: String
        /// Where its content begins.
        var offset: Int
        var size: Int
    }

    /// Why it is no archive that can be used, as the end of "the archive ...".
    struct Flaw: Error, Hashable {
        var text: String
    }

    private(set) var files: [String: File] = [:]
    /// Where links lead, from the archive's root.
    private(set) var links: [String: String] = [:]

    private static let block = 512
    /// Longer than any list of names that an engine writes in front of an entry.
    private static let headerLimit = 1 << 20

    /// Reads an open file from its begin.
    ///
    /// - Throws: `Flaw`, and `.io`.
    init(reading descriptor: Int32) throws {
        var reader = Reader(descriptor: descriptor)
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw BottleError.io("read an archive", errno) }
        var (longName, longLink, extended) = (String?.none, String?.none, [String: String]())
        while let header = try reader.header() {
            let size = try extended["size"].map { try Self.decimal($0) } ?? header.size
            let name = try Self.path(extended["path"] ?? longName ?? header.name)
            switch header.kind {
            case UInt8(ascii: "x"):
                extended.merge(try Self.records(try reader.small(header.size, limit: Self.headerLimit))) { $1 }
                continue
            case UInt8(ascii: "g"):
                // Names nothing: whatever it sets for all entries is no path of any.
                let records = try Self.records(try reader.small(header.size, limit: Self.headerLimit))
                guard records.keys.allSatisfy({ !["path", "linkpath", "size"].contains($0) }) else {
                    throw Flaw(text: "gives all of its entries one name")
                }
                continue
            case UInt8(ascii: "L"):
                longName = Self.text(try reader.small(header.size, limit: Self.headerLimit))
                continue
            case UInt8(ascii: "K"):
                longLink = Self.text(try reader.small(header.size, limit: Self.headerLimit))
                continue
            case UInt8(ascii: "0"), 0:
                try requireNew(name)
                let offset = reader.position
                files[name] = File(digest: try reader.digest(size), offset: offset, size: size)
            case UInt8(ascii: "1"), UInt8(ascii: "2"):
                try requireNew(name)
                let target = extended["linkpath"] ?? longLink ?? header.link
                // A hard link's target is a path of the archive; a symbolic one's begins where the link stands.
                let directory = name.split(separator: "/").dropLast().joined(separator: "/")
                links[name] = try Self.path(
                    header.kind == UInt8(ascii: "1") || target.hasPrefix("/") ? target : "\(directory)/\(target)",
                    mayRise: true)
            case UInt8(ascii: "5"): break
            default: throw Flaw(text: "has an entry \(Quoted(name)) that is neither file nor directory nor link")
            }
            (longName, longLink, extended) = (nil, nil, [:])
        }
    }

    /// The file of a name, links followed.
    func file(_ name: String) -> File? {
        var name = name
        // A chain of links is as long as there are links at most.
        for _ in 0...links.count {
            if let file = files[name] { return file }
            guard let target = links[name] else { return nil }
            name = target
        }
        return nil
    }

    private func requireNew(_ name: String) throws(Flaw) {
        guard files[name] == nil, links[name] == nil else { throw Flaw(text: "has \(Quoted(name)) in it twice") }
    }

    // MARK: - Pieces

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

    /// A path without `.` and empty components.
    ///
    /// - Parameter mayRise: Whether `..` takes a component away, rather than being refused.
    private static func path(_ text: String, mayRise: Bool = false) throws(Flaw) -> String {
        var parts: [Substring] = []
        for part in text.split(separator: "/") where part != "." {
            guard part == ".." else {
                parts.append(part)
                continue
            }
            guard mayRise, parts.popLast() != nil else { throw Flaw(text: "has an entry outside of itself") }
        }
        return parts.joined(separator: "/")
    }

    private static func decimal(_ text: String) throws(Flaw) -> Int {
        guard let number = Int(text), number >= 0 else { throw Flaw(text: "has an entry of no size") }
        return number
    }

    /// The records of an extended header: `LENGTH KEY=VALUE\n`, the length that of the whole record.
    private static func records(_ bytes: [UInt8]) throws(Flaw) -> [String: String] {
        var (records, rest) = ([String: String](), bytes[...])
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: 0x20),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length > space - rest.startIndex + 1,
                length <= rest.count
            else { throw Flaw(text: "has a header that ends too soon") }
            let record = rest[(space + 1)..<(rest.startIndex + length)]
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")), record.last == 0x0a else {
                throw Flaw(text: "has a header that cannot be read")
            }
            records[String(decoding: record[..<equals], as: UTF8.self)] = String(
                decoding: record[(equals + 1)...].dropLast(), as: UTF8.self)
        }
        return records
    }

    /// Takes an archive from an open file, block by block.
    private struct Reader {
        struct Header {
            var name: String
            var kind: UInt8
            var size: Int
            var link: String
        }

        let descriptor: Int32
        var position = 0
        private var buffer = [UInt8](repeating: 0, count: 1 << 18)

        init(descriptor: Int32) { self.descriptor = descriptor }

        /// The next header; nil when the archive ends here, as a whole.
        mutating func header() throws -> Header? {
            let bytes = try take(ArchiveIndex.block)
            if bytes.allSatisfy({ $0 == 0 }) {
                try requireEnd()
                return nil
            }
            // As if the eight bytes of the sum itself were spaces.
            let sum = bytes.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element)) }
            guard try ArchiveIndex.number(bytes[148..<156]) == sum else {
                throw Flaw(text: "has a header that is damaged")
            }
            let isPOSIX = bytes[257..<263].elementsEqual(Array("ustar".utf8) + [0])
            let name = ArchiveIndex.text(Array(bytes[..<100]))
            let prefix = isPOSIX ? ArchiveIndex.text(Array(bytes[345..<500])) : ""
            return Header(
                name: prefix.isEmpty ? name : "\(prefix)/\(name)", kind: bytes[156],
                size: try ArchiveIndex.number(bytes[124..<136]), link: ArchiveIndex.text(Array(bytes[157..<257])))
        }

        /// A small content, and the zeros behind it.
        mutating func small(_ size: Int, limit: Int) throws -> [UInt8] {
            guard size <= limit else { throw Flaw(text: "has a header of \(size) bytes") }
            let bytes = try take(size)
            _ = try take(ArchiveIndex.padding(size))
            return bytes
        }

        /// The digest of a content, and the zeros behind it.
        mutating func digest(_ size: Int) throws -> String {
            var digest = RunningDigest()
            var rest = size
            while rest > 0 {
                let count = try fill(min(rest, buffer.count))
                guard count > 0 else { throw Flaw(text: "ends in the middle of a file") }
                buffer.withUnsafeBytes { digest.add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                rest -= count
            }
            _ = try take(ArchiveIndex.padding(size))
            return digest.hex
        }

        private mutating func take(_ count: Int) throws -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count {
                let taken = try fill(min(count - bytes.count, buffer.count))
                guard taken > 0 else { throw Flaw(text: "ends too soon") }
                bytes += buffer[..<taken]
            }
            return bytes
        }

        private mutating func requireEnd() throws {
            while true {
                let count = try fill(buffer.count)
                if count == 0 { return }
                guard buffer[..<count].allSatisfy({ $0 == 0 }) else { throw Flaw(text: "goes on behind its end") }
            }
        }

        private mutating func fill(_ count: Int) throws(BottleError) -> Int {
            while true {
                let taken = read(descriptor, &buffer, count)
                if taken < 0, errno == EINTR { continue }
                guard taken >= 0 else { throw .io("read an archive", errno) }
                position += taken
                return taken
            }
        }
    }

    /// Up to the next block.
    private static func padding(_ size: Int) -> Int { (block - size % block) % block }

    /// Octal digits among spaces and zeros, or, of a size beyond them, a number as it is with its first bit set.
    private static func number(_ field: ArraySlice<UInt8>) throws(Flaw) -> Int {
        if let first = field.first, first & 0x80 != 0 {
            let value = field.suffix(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard let number = Int(exactly: value), first == 0x80, field.dropLast(7).dropFirst().allSatisfy({ $0 == 0 })
            else {
                throw Flaw(text: "has an entry of no size")
            }
            return number
        }
        let digits = field.filter { $0 != 0x20 && $0 != 0 }
        guard let number = digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8), number >= 0
        else { throw Flaw(text: "has a number that is none") }
        return number
    }
}
