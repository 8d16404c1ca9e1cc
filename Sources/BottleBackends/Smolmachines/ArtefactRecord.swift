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
        guard let status = FileStatus(descriptor), status.kind == .file else { throw .io("look at \(path)", errno) }
        (bytes, inode, modified) = (status.size, status.inode, status.modified)
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
        guard let status = FileStatus(path), status.kind == .file else { return false }
        return status.size == bytes && status.inode == inode && status.modified == modified
    }

    /// Whether a file has what it had, wherever it stands now: a copy of a cache is as good as the cache.
    func isSame(as other: ArtefactRecord) -> Bool { bytes == other.bytes && digest == other.digest }

    /// Writes the record.
    func write(to path: String) throws {
        try PrivateTree.replace(path, with: Array(JSONEncoder().encode(self)))
    }
}
