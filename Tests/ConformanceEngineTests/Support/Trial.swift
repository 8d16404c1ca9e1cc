// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Synchronization

/// One run against fakes, with everything it said.
final class Trial: Sendable {
    private let log = Mutex<[Event]>([])
    var events: [Event] { log.withLock { $0 } }

    func run(
        _ checks: [any Check], driver: FakeDriver, field: FakeField = FakeField(), clock: RunClock = RunClock(),
        interruption: Interruption = Interruption(), jobs: Int = 4, strict: Bool = false, role: Subject.Role = .real,
        limits: RunConfiguration.Limits = RunConfiguration.Limits(), ground: (any TrialGround)? = nil,
        anotherField: (@Sendable () async throws -> any CanaryField)? = nil, borrowed: LentSessions? = nil,
        lend: (@Sendable (LentSessions) -> Void)? = nil,
        hostFiles: @escaping @Sendable (String) -> Bool = { _ in false },
        remove: @escaping @Sendable (String) -> Void = { _ in },
        configure: (inout RunConfiguration) -> Void = { _ in }
    ) async -> RunSummary {
        var configuration = RunConfiguration(
            checks: checks, profile: "full@1", partial: false,
            subject: Subject(backend: "fake", role: role, chosen: true, facts: [:]), tool: "test 0",
            startedAt: 1_700_000_000, jobs: jobs, strict: strict, limits: limits, clock: clock,
            interruption: interruption, ground: ground, hostFileExists: hostFiles, removeHostFile: remove)
        configuration.anotherField = anotherField
        (configuration.borrowed, configuration.lend) = (borrowed, lend)
        configure(&configuration)
        return await Runner.run(configuration, driver: driver, field: field) { event in
            self.log.withLock { $0.append(event) }
        }
    }

    /// The kinds of the events, in order.
    var kinds: [String] {
        events.map { event in
            switch event {
            case .runStarted: "started"
            case .progress: "progress"
            case .sessionLaunched: "launched"
            case .sessionFailed: "failed"
            case .attemptStarted: "attempt"
            case .checked: "checked"
            case .warning: "warning"
            case .runEnded: "ended"
            }
        }
    }
}

/// A place where operations of a fake hang, deaf to cancellation, until the test opens it.
final class Dungeon: Sendable {
    private struct State {
        var open = false
        var prisoners: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func hang() async {
        await withCheckedContinuation { continuation in
            let open = state.withLock { state in
                if !state.open { state.prisoners.append(continuation) }
                return state.open
            }
            if open { continuation.resume() }
        }
    }

    func open() {
        let prisoners = state.withLock { state in
            state.open = true
            defer { state.prisoners = [] }
            return state.prisoners
        }
        for prisoner in prisoners { prisoner.resume() }
    }
}
