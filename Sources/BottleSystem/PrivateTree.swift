// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A directory of files that is there as a whole or not at all, and is its owner's alone from creation on.
package enum PrivateTree {
    /// One file of a tree.
    package struct File: Sendable {
        /// Below the tree, without `.` and `..`.
        package var path: String
        package var mode: UInt16
        package var bytes: [UInt8]

        package init(path: String, mode: UInt16, bytes: [UInt8]) {
            self.path = path
            self.mode = mode
            self.bytes = bytes
        }
    }

    /// Writes the files beside `directory` and then renames the lot; an empty directory of that name is replaced.
    ///
    /// - Throws: `.usage` when something stands at `directory`, `.io` when it cannot be written; nothing is left then.
    package static func write(_ files: [File], to directory: String) throws(BottleError) {
        var name = directory[...]
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        let directory = String(name)
        var template = Array("\(directory).XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
        }
        guard made else { throw .io("make a directory beside \(directory)", errno) }
        let draft = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do throws(BottleError) {
            for file in files { try write(file, below: draft) }
            guard rename(draft, directory) == 0 else {
                let code = errno
                guard [ENOTEMPTY, EEXIST, ENOTDIR].contains(code) else { throw .io("write \(directory)", code) }
                throw BottleError(
                    .usage, "\(directory) exists already and is not empty; name a directory that does not exist.")
            }
        } catch {
            remove(files, below: draft)
            throw error
        }
    }

    /// Writes one file, whole or not at all, its owner's alone from its first moment on; an older one is replaced.
    package static func replace(_ path: String, with bytes: [UInt8]) throws(BottleError) {
        let draft = "\(path).new"
        unlink(draft)
        let parts = draft.split(separator: "/", omittingEmptySubsequences: false)
        let directory = parts.dropLast().joined(separator: "/")
        try write(File(path: String(parts.last ?? ""), mode: 0o600, bytes: bytes), below: directory)
        guard rename(draft, path) == 0 else {
            let code = errno
            unlink(draft)
            throw .io("write \(path)", code)
        }
    }

    private static func write(_ file: File, below directory: String) throws(BottleError) {
        var parent = directory
        for part in file.path.split(separator: "/").dropLast() {
            parent += "/\(part)"
            guard mkdir(parent, 0o700) == 0 || errno == EEXIST else { throw .io("make \(parent)", errno) }
        }
        let path = "\(directory)/\(file.path)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(file.mode))
        guard descriptor >= 0 else { throw .io("write \(path)", errno) }
        defer { close(descriptor) }
        var rest = file.bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Self.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .io("write \(path)", errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// The system call, which a method of the same name hides.
    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes, count)
        #else
            Darwin.write(descriptor, bytes, count)
        #endif
    }

    /// Takes away what a failed write left: only what it may have made itself.
    private static func remove(_ files: [File], below directory: String) {
        var directories: Set<String> = []
        for file in files {
            unlink("\(directory)/\(file.path)")
            var parent = directory
            for part in file.path.split(separator: "/").dropLast() {
                parent += "/\(part)"
                directories.insert(parent)
            }
        }
        for path in directories.sorted(by: { $0.utf8.count > $1.utf8.count }) { rmdir(path) }
        rmdir(directory)
    }
}
