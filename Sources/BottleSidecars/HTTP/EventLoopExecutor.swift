// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Runs tasks on an event loop: what they wait for happens there, and a change of threads for every piece of every
/// connection is most of what a small request would cost.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        eventLoop.execute { job.runSynchronously(on: executor) }
    }

    /// Runs a server or a client, and every task that it starts, on the one thread of its connections.
    static func run<Result: Sendable>(
        on group: any EventLoopGroup, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withTaskExecutorPreference(EventLoopExecutor(group.next())) { try await body() }
    }
}
