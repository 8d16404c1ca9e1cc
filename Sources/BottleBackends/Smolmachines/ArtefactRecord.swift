// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is known of an artefact in the cache, in a file beside it: enough to tell it from every other.
struct ArtefactRecord: Sendable, Hashable, Codable {
    var bytes: Int
    /// SHA-256 of the whole of it, as 64 hex digits.
    var digest: String
    /// Where it stands on its disk, and when it was written, in nanoseconds since 1970: as long as both are as they were, nobody
    /// has to read it to know what is in it.
    var inode: UInt64
    var modified: Int64

    /// Looks at a file and reads all of it; it is on the disk then, and not only on its way there.
    ///
    /// - Throws: `.io`; `.launch` for one that is empty.
    init(of path: String) throws(BottleError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .io("read \(path)", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .io("write \(path) to its disk", errno) }
        digest = try RunningDigest.hex(reading: descriptor)
        guard let look = Look(descriptor) else { throw .io("look at \(path)", errno) }
        (bytes, inode, modified) = (look.bytes, look.inode, look.modified)
        guard bytes > 0 else { throw BottleError(.launch, "\(path) is empty.") }
    }

    /// The record at a path; nil where there is none, or one of an older release.
    init?(at path: String) {
        guard let bytes = HostFiles.contents(of: path, limit: 1024),
            let record = try? JSONDecoder().decode(Self.self, from: Data(bytes))
        else { return nil }
        self = record
    }

    /// Whether a file is the one it was, without a look into it.
    func isUntouched(_ path: String) -> Bool {
        guard let look = Look(path) else { return false }
        return look.bytes == bytes && look.inode == inode && look.modified == modified
    }

    /// Whether a file has what it had, wherever it stands now: a copy of a cache is as good as the cache.
    func isSame(as other: ArtefactRecord) -> Bool { bytes == other.bytes && digest == other.digest }

    /// Writes the record.
    func write(to path: String) throws {
        try PrivateTree.replace(path, with: Array(JSONEncoder().encode(self)))
    }

    private struct Look {
        var bytes: Int
        var inode: UInt64
        var modified: Int64

        init?(_ path: String) {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            self.init(status)
        }

        init?(_ descriptor: Int32) {
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            self.init(status)
        }

        private init(_ status: stat) {
            bytes = Int(status.st_size)
            inode = UInt64(status.st_ino)
            #if canImport(Glibc)
                let time = status.st_mtim
            #else
                let time = status.st_mtimespec
            #endif
            modified = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
    }
}
