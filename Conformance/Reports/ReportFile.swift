// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes a report so that a reader sees the old file or the whole new one, never a part.
///
/// Blocks on the disk: call it from a thread of your own.
package enum ReportFile {
    /// Finds out before a launch whether a report could be written there; leaves nothing behind.
    ///
    /// - Throws: `.io` with the reason: missing directory, a directory or device in its place, no permission.
    package static func check(path: String) throws(BottleError) {
        let target = try resolve(path)
        let temporary = try createTemporary(beside: target, for: path)
        close(temporary.descriptor)
        unlink(temporary.path)
    }

    /// Replaces or creates the file (mode 0644 less the umask): temporary file in its directory, fsync, rename.
    ///
    /// - Throws: `.io`; the file at `path` is then what it was before.
    package static func write(path: String, bytes: [UInt8]) throws(BottleError) {
        let target = try resolve(path)
        let temporary = try createTemporary(beside: target, for: path)
        var code = store(bytes, to: temporary.descriptor)
        // A second close after EINTR could hit somebody else's descriptor; fsync has told what matters.
        close(temporary.descriptor)
        if code == 0, rename(temporary.path, target.path) != 0 { code = errno }
        guard code == 0 else {
            unlink(temporary.path)
            throw failure(path, code)
        }
        syncDirectory(target.directory)
    }

    /// Where a path leads: links are followed, so that a linked report keeps its link.
    private struct Target {
        var path: String
        var directory: String
    }

    private static func resolve(_ path: String) throws(BottleError) -> Target {
        guard !path.isEmpty else { throw BottleError(.io, "The path of a report is empty: name a file.") }
        guard !path.utf8.contains(0) else {
            throw BottleError(.io, "The path of a report contains a NUL byte: name a file.")
        }
        var status = stat()
        if stat(path, &status) == 0 {
            switch status.st_mode & S_IFMT {
            case S_IFREG: break
            case S_IFDIR:
                throw BottleError(.io, "Cannot write the report \(path): it is a directory, name a file in it.")
            default:
                // A rename over a device or a pipe would replace it for everybody.
                throw BottleError(.io, "Cannot write the report \(path): it is no regular file, name another one.")
            }
            guard let resolved = realpath(path, nil) else { throw failure(path, errno) }
            defer { free(resolved) }
            let real = String(cString: resolved)
            return Target(path: real, directory: directory(of: real))
        }
        let code = errno
        guard code == ENOENT, lstat(path, &status) != 0 else {
            if code == ENOENT {
                throw BottleError(.io, "Cannot write the report \(path): it is a link that leads nowhere, remove it.")
            }
            throw failure(path, code)
        }
        guard path.utf8.last != UInt8(ascii: "/") else {
            throw BottleError(.io, "Cannot write the report \(path): it names a directory, name a file in it.")
        }
        let parent = directory(of: path)
        guard stat(parent, &status) == 0 else {
            throw BottleError(.io, "Cannot write the report \(path): there is no directory \(parent), create it first.")
        }
        return Target(path: path, directory: parent)
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func createTemporary(
        beside target: Target, for path: String
    ) throws(BottleError) -> (path: String, descriptor: Int32) {
        // O_EXCL decides between writers; the name is only there to make a clash rare.
        for _ in 0..<16 {
            let name = ".bottle-conformance-\(String(UInt64.random(in: 0 ... .max), radix: 16)).tmp"
            let candidate = target.directory + "/" + name
            let descriptor = retrying { open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) }
            if descriptor >= 0 { return (candidate, descriptor) }
            guard errno == EEXIST else { throw failure(path, errno) }
        }
        throw failure(path, EEXIST)
    }

    /// Writes everything and waits for the disk; the errno that stopped it, or 0.
    private static func store(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                retrying { writeOnce(descriptor, UnsafeRawBufferPointer(rebasing: buffer[offset...])) }
            }
            guard count > 0 else { return count == 0 ? EIO : errno }
            offset += count
        }
        return retrying { fsync(descriptor) } == 0 ? 0 : errno
    }

    private static func writeOnce(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
            Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }

    /// Makes the rename last; a file system that cannot has no better way, so errors are of no use here.
    private static func syncDirectory(_ path: String) {
        let descriptor = retrying { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { return }
        _ = retrying { fsync(descriptor) }
        close(descriptor)
    }

    private static func retrying<Result: FixedWidthInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result != -1 || errno != EINTR { return result }
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> BottleError {
        let advice =
            switch code {
            case EACCES, EPERM: "choose a directory you may write to"
            case EROFS: "choose a directory on a writable file system"
            case ENOSPC, EDQUOT: "make room on the disk"
            case ENAMETOOLONG: "choose a shorter name"
            case ENOTDIR: "a part of the path is no directory"
            default: "choose another path"
            }
        return BottleError(.io, "Cannot write the report \(path): \(String(cString: strerror(code))), \(advice).")
    }
}
