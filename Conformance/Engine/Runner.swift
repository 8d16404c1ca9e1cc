// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
public import BottleDriver

/// Plan, run, events, verdicts: the whole of one run against one driver.
///
/// Three sessions go on at once, the first with a short head start: the bottle under test, its open twin, and a variant
/// that allows nothing. Whatever
/// happens, every bottle that was launched is destroyed, the field is closed, every requirement gets one result, and
/// the last event is sent.
public enum Runner {
    /// Runs the checks and returns when nothing of the run is left.
    ///
    /// Never throws: a failure of driver or field becomes a warning, a verdict and an exit code. Never calls `sweep`.
    ///
    /// - Parameters:
    ///   - field: Nil is enough for checks that look at plans and hosts only; no bottle is attacked then.
    ///   - events: called for one event at a time, from any thread.
    public static func run(
        _ configuration: RunConfiguration, driver: any Driver, field: (any CanaryField)?,
        events: @escaping @Sendable (Event) -> Void
    ) async -> RunSummary {
        let stop = Latch<StopCause>()
        let clock = configuration.clock
        let start = clock.now
        let token = configuration.interruption.onTrigger { stop.set(.signal($0)) }
        // Cancelled and left behind below: all it can do is to set a latch nobody looks at any more.
        let alarm = Task {
            try await clock.sleep(until: start + configuration.timeout)
            stop.set(.deadline)
        }
        defer {
            alarm.cancel()
            configuration.interruption.remove(token)
        }
        return await withTaskCancellationHandler {
            await run(configuration, driver, field, sink: EventSink(events), stop: stop, start: start)
        } onCancel: {
            stop.set(.cancelled)
        }
    }

    private static func run(
        _ configuration: RunConfiguration, _ driver: any Driver, _ field: (any CanaryField)?, sink: EventSink,
        stop: Latch<StopCause>, start: Duration
    ) async -> RunSummary {
        let started = RunStarted(
            tool: configuration.tool, time: Timestamp.rfc3339(configuration.startedAt), subject: configuration.subject,
            profile: configuration.profile, requirements: configuration.checks.map(\.requirement),
            partial: configuration.partial)
        sink.send(.runStarted(started))

        var results: [CheckResult] = []
        var launchToFirstExec: Double?
        let bounded = Bounded(clock: configuration.clock, stop: stop)
        do {
            let hello = try await bounded("greeting of the driver", limit: configuration.limits.question) {
                try await driver.hello()
            }
            let context = RunContext(
                configuration: configuration, driver: driver, field: field, hello: hello, sink: sink, stop: stop)
            let plans = await PlanRun(context: context).run()
            let trials = await TrialRun(context: context).run()
            let outcome = await Rounds(context: context, plans: plans, trials: trials).run()
            (results, launchToFirstExec) = (outcome.results, outcome.launchToFirstExec)
        } catch {
            await RunContext.close(field, configuration, sink)
            results = withoutDriver(configuration, error, sink)
        }

        let interruption = stop.value.flatMap { $0.isInterruption ? $0 : nil }
        var signal: Int32?
        if case .signal(let number)? = interruption { signal = number }
        let levels = Dictionary(
            configuration.checks.map { ($0.requirement.id, $0.requirement.level) }, uniquingKeysWith: { $1 })
        let code = ExitCode.of(
            results, levels: levels, role: configuration.subject.role, strict: configuration.strict,
            harnessFailed: !sink.errors.isEmpty, signal: signal ?? (interruption == nil ? nil : 2))
        let ended = RunEnded(
            exitCode: code, interrupted: interruption != nil,
            seconds: RunClock.milliseconds(configuration.clock.now - start) / 1000,
            launchToFirstExec: launchToFirstExec, signal: signal)
        sink.close(with: .runEnded(ended))
        return RunSummary(started: started, results: results, ended: ended, harnessErrors: sink.errors)
    }

    private static func withoutDriver(
        _ configuration: RunConfiguration, _ error: any Error, _ sink: EventSink
    ) -> [CheckResult] {
        let text = RunContext.text(of: error)
        let stopped = error is Bounded.Stopped
        if !stopped { sink.fail("The driver did not say who it is: \(text)") }
        let judgement = Judgement(stopped ? .inconclusive : .harnessError, text)
        return configuration.checks.map { check in
            let result = CheckResult(
                requirement: check.requirement.id, judgement: judgement, seconds: 0, evidence: nil)
            sink.send(.checked(result))
            return result
        }
    }
}
