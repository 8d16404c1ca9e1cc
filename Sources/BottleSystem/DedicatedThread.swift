// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import CBottleShims
    import Glibc
#else
    import Darwin
#endif

/// A thread of one's own for work that blocks for long, which neither Swift's pool nor Dispatch's has to spare.
package enum DedicatedThread {
    private final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a thread; `name` shows in process listings, its first 15 bytes that is.
    package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(name, body)).toOpaque()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        #if canImport(Glibc)
            var thread = pthread_t()
            let result = pthread_create(&thread, &attributes, { argument in DedicatedThread.enter(argument) }, work)
        #else
            var thread: pthread_t?
            let result = pthread_create(&thread, &attributes, { argument in DedicatedThread.enter(argument) }, work)
        #endif
        // Without a thread the work is done here: late and blocking, but done.
        if result != 0 { _ = enter(work) }
    }

    /// Runs `body` on a thread of its own and returns what it returns.
    package static func run<Value: Sendable>(
        _ name: String, _ body: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            start(name) { continuation.resume(returning: body()) }
        }
    }

    private static func enter(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
        // A write to a pipe nobody reads must fail, not end this process.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        #if os(Linux)
            _ = launcher_set_name(String(work.name.prefix(15)))
        #endif
        work.body()
        return nil
    }
}
