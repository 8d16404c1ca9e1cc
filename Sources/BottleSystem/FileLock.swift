// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A lock over all processes of this machine, waited for without blocking; the kernel frees it when its holder dies.
package struct FileLock: Sendable {
    private let descriptor: Int32

    /// Waits until it is free.
    ///
    /// - Parameters:
    ///   - work: Completes "Another process has been".
    ///   - waiting: Called once when there is somebody to wait for.
    /// - Throws: `.timeout` when another process keeps it for so long, `.io`, `CancellationError`.
    package static func take(_ path: String, patience: Duration, while work: String, waiting: () -> Void = {})
        async throws -> FileLock
    {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw BottleError.io("open \(path)", errno) }
        let end = ContinuousClock.now + patience
        var hasWaited = false
        do {
            while flock(descriptor, LOCK_EX | LOCK_NB) < 0 {
                let number = errno
                guard number == EWOULDBLOCK || number == EINTR else { throw BottleError.io("lock \(path)", number) }
                guard ContinuousClock.now < end else {
                    throw BottleError(
                        .timeout, "Another process has been \(work) for \(patience): end it, or try again.")
                }
                if !hasWaited { waiting() }
                hasWaited = true
                try await Task.sleep(for: .milliseconds(50))
            }
        } catch {
            close(descriptor)
            throw error
        }
        return FileLock(descriptor: descriptor)
    }

    package func release() {
        // Not by closing alone: a process that is being started beside has the descriptor too, until it becomes its program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
