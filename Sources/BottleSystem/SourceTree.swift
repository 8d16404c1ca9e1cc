// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A directory of this machine read whole, without ever leaving it: what is in it becomes a copy and stays unshared.
package struct SourceTree: Sendable, Hashable {
    /// One thing in the tree.
    package struct Entry: Sendable, Hashable {
        package enum Content: Sendable, Hashable {
            case directory
            case file([UInt8])
            /// A relative link that stays in the tree.
            case link(target: String)
        }
        /// Below the root, without `.` and `..`.
        package var path: String
        /// Permission bits; 0777 for a link, which has none of its own.
        package var mode: UInt16
        package var content: Content

        package init(path: String, mode: UInt16, content: Content) {
            self.path = path
            self.mode = mode
            self.content = content
        }
    }

    /// How much of a tree is read before it is refused.
    package struct Limits: Sendable {
        package var bytes: Int
        package var entries: Int
        package var depth = 64
        /// Whether a link that leads out of the tree is copied, as a link, or makes the tree unusable.
        package var admitsOutwardLinks: Bool

        package init(bytes: Int, entries: Int, admitsOutwardLinks: Bool = false) {
            self.bytes = bytes
            self.entries = entries
            self.admitsOutwardLinks = admitsOutwardLinks
        }
    }

    /// In the order of their paths' bytes, each directory before what is in it; the root itself is not among them.
    package var entries: [Entry]

    /// Reads a directory; nothing is followed, and what changes while it is read cannot lead out of it.
    ///
    /// - Parameters:
    ///   - what: What the directory is to the user, for messages, for example `the skill 'review'`.
    ///   - skip: Paths below the root that are left out, with all that is in them.
    /// - Throws: `.input` for a link that leads out where none may, a socket, device or pipe, or a tree beyond the limits; `.io` when it
    ///   cannot be read.
    package static func read(
        _ root: String, what: String, limits: Limits, skip: (String) -> Bool = { _ in false }
    ) throws(BottleError) -> SourceTree {
        let descriptor = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io("read \(what) at \(root)", errno) }
        var reader = TreeReader(what: what, root: root, limits: limits)
        try reader.read(descriptor, below: "", depth: 0, skip: skip)
        return SourceTree(entries: reader.entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) })
    }
}

/// Walks one tree over directory descriptors.
private struct TreeReader {
    let what: String
    let root: String
    let limits: SourceTree.Limits
    var entries: [SourceTree.Entry] = []
    private var bytes = 0

    init(what: String, root: String, limits: SourceTree.Limits) {
        self.what = what
        self.root = root
        self.limits = limits
    }

    /// Takes the descriptor over.
    mutating func read(
        _ descriptor: Int32, below prefix: String, depth: Int, skip: (String) -> Bool
    ) throws(BottleError) {
        guard let stream = fdopendir(descriptor) else {
            let code = errno
            close(descriptor)
            throw .io("read \(root)/\(prefix)", code)
        }
        defer { closedir(stream) }
        guard depth <= limits.depth else { throw refusal(prefix, "is more than \(limits.depth) directories deep") }
        while true {
            errno = 0
            guard let found = readdir(stream) else {
                if errno != 0 { throw .io("read \(root)/\(prefix)", errno) }
                return
            }
            let name = Self.name(of: found)
            guard name != ".", name != ".." else { continue }
            let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
            guard !skip(path) else { continue }
            guard !name.unicodeScalars.contains("\u{fffd}") else {
                throw refusal(path, "has a name that is not UTF-8; rename it")
            }
            guard entries.count < limits.entries else {
                throw refusal(path, "is one too many: more than \(limits.entries) files and directories")
            }
            try take(name, path, in: descriptor, depth: depth, skip: skip)
        }
    }

    private mutating func take(
        _ name: String, _ path: String, in directory: Int32, depth: Int, skip: (String) -> Bool
    ) throws(BottleError) {
        var status = stat()
        guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw .io("read \(root)/\(path)", errno)
        }
        let mode = UInt16(truncatingIfNeeded: status.st_mode & 0o777)
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            let descriptor = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { throw .io("read \(root)/\(path)", errno) }
            entries.append(.init(path: path, mode: mode | 0o700, content: .directory))
            try read(descriptor, below: path, depth: depth + 1, skip: skip)
        case S_IFREG:
            entries.append(.init(path: path, mode: mode, content: .file(try contents(name, path, in: directory))))
        case S_IFLNK:
            let target = try link(name, path, in: directory)
            guard limits.admitsOutwardLinks || Self.staysInside(target, of: path) else {
                throw refusal(path, "is a link to \(Quoted(target)), which leads out of it; put a copy there")
            }
            entries.append(.init(path: path, mode: 0o777, content: .link(target: target)))
        default: throw refusal(path, "is neither a file, a directory nor a link; remove it")
        }
    }

    private mutating func contents(_ name: String, _ path: String, in directory: Int32) throws(BottleError) -> [UInt8] {
        // It may have become something else since it was looked at: neither a link nor a pipe may take us along.
        let descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io("read \(root)/\(path)", errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw refusal(path, "changed while it was read; try again")
        }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = readBytes(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .io("read \(root)/\(path)", errno) }
            if count == 0 { return result }
            result += buffer[..<count]
            bytes += count
            guard bytes <= limits.bytes else {
                throw refusal(path, "makes it larger than \(limits.bytes >> 20) MiB; make it smaller")
            }
        }
    }

    private func link(_ name: String, _ path: String, in directory: Int32) throws(BottleError) -> String {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = readlinkat(directory, name, &buffer, buffer.count - 1)
        guard count > 0, count < 4096 else {
            throw .io("read the link \(root)/\(path)", count < 0 ? errno : ENAMETOOLONG)
        }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether a link at `path` leads to somewhere in the tree, whatever else is linked: each part is counted as one.
    private static func staysInside(_ target: String, of path: String) -> Bool {
        guard !target.hasPrefix("/") else { return false }
        var depth = path.split(separator: "/").count - 1
        for part in target.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return false }
        }
        return true
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                String(cString: $0)
            }
        }
    }

    private func refusal(_ path: String, _ why: String) -> BottleError {
        BottleError(.input, "In \(what), \(Quoted(path)) \(why) (\(root)).")
    }
}

/// The system call, under a name that no method hides.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
