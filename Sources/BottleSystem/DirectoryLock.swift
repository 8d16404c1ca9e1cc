// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A lock on a directory between processes of one machine, for moments in which its entries are in between.
package enum DirectoryLock {
    /// Milliseconds between two tries, and the number of tries: 10 s in all.
    private static let pause: Int32 = 10
    private static let tries = 1000

    /// Runs `body` while no other process is in here with the same directory; the kernel frees the lock of a dead one.
    ///
    /// Throws `.io` when the directory cannot be locked, `.timeout` when another process keeps it for 10 s, and what
    /// `body` throws. Blocks.
    package static func withLock<Result>(
        _ directory: String, _ body: () throws(BottleError) -> Result
    ) throws(BottleError) -> Result {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .io("open \(directory)", errno) }
        defer { close(descriptor) }
        for _ in 0..<tries {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return try body() }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .io("lock \(directory)", errno) }
            poll(nil, 0, pause)
        }
        throw BottleError(.timeout, "\(directory) is locked by another process; end a stopped one, or try again")
    }
}
