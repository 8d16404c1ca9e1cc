// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A directory's proof that its owner lives: the kernel lets go of the lock however the process ends.
package final class Lease: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    private static func path(_ directory: String) -> String { directory + "/lease" }

    /// Takes the lease of a directory for as long as the result lives, and writes pid and start time into it.
    ///
    /// Throws `.io` when it is held already or the file cannot be made.
    package static func take(directory: String) throws(BottleError) -> Lease {
        let path = path(directory)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("open", path) }
        guard lock(descriptor) else {
            let number = errno
            close(descriptor)
            guard number == EWOULDBLOCK else { throw failure("lock", path, number) }
            throw BottleError(.io, "\(directory) is in use by another run; wait for it or choose another name.")
        }
        let lease = Lease(descriptor: descriptor)
        let content = Array("\(getpid()) \(time(nil))\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, content, content.count, 0) == content.count else {
            throw failure("write", path)
        }
        return lease
    }

    /// Whether a live process holds the lease of a directory; false when there is none. Throws `.io` when the file
    /// exists and cannot be looked at.
    package static func isHeld(directory: String) throws(BottleError) -> Bool {
        let path = path(directory)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw failure("open", path) }
            return false
        }
        defer { close(descriptor) }
        guard lock(descriptor) else {
            guard errno == EWOULDBLOCK else { throw failure("lock", path) }
            return true
        }
        return false
    }

    private static func lock(_ descriptor: Int32) -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) < 0 {
            guard errno == EINTR else { return false }
        }
        return true
    }

    private static func failure(_ action: String, _ path: String, _ number: Int32 = errno) -> BottleError {
        BottleError(.io, "Cannot \(action) \(path): \(String(cString: strerror(number))).")
    }
}
