// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

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

/// A lab in the cache that is whole and stays there for as long as this object lives.
///
/// The shared lock is on its record; whoever removes a lab takes the exclusive one first. The kernel frees that of a dead
/// process, so that nothing is left behind by one.
package final class HeldLab: Sendable {
    package let record: Lab.Record
    let files: LabFiles
    private let descriptor: Int32

    private init(record: Lab.Record, files: LabFiles, descriptor: Int32) {
        self.record = record
        self.files = files
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Takes what is there; nil where nothing is, or something that is not what was put there.
    static func take(_ files: LabFiles) -> HeldLab? {
        let descriptor = open(files.record, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0, isStill(descriptor, files.record),
            let bytes = FileManager.default.contents(atPath: files.record),
            let record = try? JSONDecoder().decode(Lab.Record.self, from: bytes), files.match(record.seals)
        else {
            close(descriptor)
            return nil
        }
        return HeldLab(record: record, files: files, descriptor: descriptor)
    }

    /// Whether a process holds what is there.
    static func isHeld(_ files: LabFiles) -> Bool {
        let descriptor = open(files.record, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Whether what was opened still has its name: it may have been removed before the lock was taken.
    private static func isStill(_ descriptor: Int32, _ path: String) -> Bool {
        var (opened, named) = (stat(), stat())
        return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 && opened.st_ino == named.st_ino
            && opened.st_dev == named.st_dev
    }
}
