// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the kernel says of a file, symbolic links not followed.
///
/// Here and not where it is asked for: beside a library with C declarations of its own, the compiler now and then takes
/// `stat` for one of those.
package struct FileStatus: Sendable, Hashable {
    /// What a file is.
    package enum Kind: Sendable, Hashable { case file, directory, link, characterDevice, other }

    package let kind: Kind
    package let device: UInt64
    package let inode: UInt64
    /// Of a file, in bytes.
    package let size: Int
    /// The uid of its owner, and its group.
    package let owner: UInt32
    package let group: UInt32
    /// Permission bits.
    package let mode: UInt16
    /// When it was written last, in nanoseconds since 1970.
    package let modified: Int64

    /// Of what stands at a path; nil where nothing does, or nothing that one may see, with errno.
    package init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of an open file; nil for no descriptor, with errno.
    package init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            case S_IFCHR: .characterDevice
            default: .other
            }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int(status.st_size)
        (owner, group) = (status.st_uid, status.st_gid)
        mode = UInt16(status.st_mode & 0o7777)
        #if canImport(Glibc)
            let time = status.st_mtim
        #else
            let time = status.st_mtimespec
        #endif
        modified = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
