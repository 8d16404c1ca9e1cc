// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Held by the one process that builds a lab; the kernel frees the lock of a dead one.
struct BuildLock: Sendable {
    private let descriptor: Int32

    /// Waits for its turn.
    ///
    /// - Parameter progress: Told once when there is somebody to wait for.
    static func take(
        _ path: String, patience: Duration, _ progress: (String) -> Void
    ) async throws -> BuildLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BottleError.io("open \(path)", errno) }
        let end = ContinuousClock.now + patience
        var hasWaited = false
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            guard code == EWOULDBLOCK || code == EINTR, ContinuousClock.now < end, !Task.isCancelled else {
                close(descriptor)
                try Task.checkCancellation()
                guard code == EWOULDBLOCK || code == EINTR else { throw BottleError.io("lock \(path)", code) }
                throw BottleError(.timeout, "Another process has built a lab for \(patience); end it, or try again.")
            }
            if !hasWaited { progress("waiting for another process that builds a lab") }
            hasWaited = true
            try? await Task.sleep(for: .milliseconds(50))
        }
        return BuildLock(descriptor: descriptor)
    }

    func release() { _ = close(descriptor) }
}
