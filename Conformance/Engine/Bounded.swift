// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// Why a run stops before its work is done.
enum StopCause: Sendable, Hashable {
    case signal(Int32)
    /// The task that runs the runner was cancelled.
    case cancelled
    case deadline

    /// What a check that did not get its turn says.
    var text: String {
        switch self {
        case .signal(let number): "not run: interrupted by \(Interruption.name(of: number))"
        case .cancelled: "not run: the run was cancelled"
        case .deadline: "not run: the run's deadline passed"
        }
    }

    var isInterruption: Bool { self != .deadline }
}

/// Runs operations of code that cannot be trusted to return: a driver may hang and may ignore cancellation.
struct Bounded: Sendable {
    /// The operation was given up because the run stops.
    struct Stopped: Error { let cause: StopCause }
    /// The operation was told to cancel and had not even ended when the grace was over.
    struct GivenUp: Error {}

    let clock: RunClock
    /// Ends every operation early; nil for tear-down, which runs to its end whatever happens.
    let stop: Latch<StopCause>?

    /// Runs an operation until it ends, its limit passes or the run stops.
    ///
    /// - Parameters:
    ///   - name: what is done, for the message: "launch of the twin".
    ///   - grace: how long to wait for an operation that was given up and told to cancel.
    ///   - late: takes what an operation yields after it was given up; finished before the call returns if the grace lasts.
    /// - Throws: the operation's error, `.timeout`, `Stopped`, or `GivenUp`.
    func callAsFunction<Value: Sendable>(
        _ name: String, limit: Duration, grace: Duration = .zero,
        late: (@Sendable (Value) async -> Void)? = nil,
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        if let cause = stop?.value { throw Stopped(cause: cause) }
        let outcome = Latch<Result<Value, any Error>>()
        let ended = Latch<Bool>()
        let deadline = clock.now + limit

        // Awaited through `outcome`, and through `ended` when given up. It is unstructured because a group would wait
        // for it for ever when it ignores its cancellation.
        let work = Task {
            let result: Result<Value, any Error>
            do { result = .success(try await operation()) } catch { result = .failure(error) }
            if !outcome.set(result), case .success(let value) = result { await late?(value) }
            ended.set(true)
        }
        // Both timers are cancelled below, by this call.
        let timer = Task {
            try await clock.sleep(until: deadline)
            let seconds = RunClock.milliseconds(limit) / 1000
            outcome.set(
                .failure(BottleError(.timeout, "The \(name) did not end within \(seconds) s; it was given up.")))
        }
        let token = stop?.onSet { outcome.set(.failure(Stopped(cause: $0))) }
        let result = await outcome.wait()
        timer.cancel()
        if let token { stop?.remove(token) }
        work.cancel()
        if grace > .zero {
            let end = clock.now + grace
            let patience = Task {
                try await clock.sleep(until: end)
                ended.set(false)
            }
            let hasEnded = await ended.wait()
            patience.cancel()
            if !hasEnded { throw GivenUp() }
        }
        return try result.get()
    }
}
