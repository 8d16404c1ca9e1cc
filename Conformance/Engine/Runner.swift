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
            let outcomes = await sessions(context)
            launchToFirstExec = outcomes[.bottle]?.launchToFirstExec
            await close(configuration, field, sink)
            results = Judging(context: context, outcomes: outcomes, plans: plans, trials: trials).results()
        } catch {
            await close(configuration, field, sink)
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

    private static func close(
        _ configuration: RunConfiguration, _ field: (any CanaryField)?, _ sink: EventSink
    ) async {
        guard let field else { return }
        do {
            try await Bounded(clock: configuration.clock, stop: nil)(
                "closing of the canaries", limit: configuration.limits.tearDown
            ) { await field.close() }
        } catch {
            sink.fail("The canaries were not closed: \(RunContext.text(of: error))")
        }
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

    /// Opens all canaries, runs the sessions, and reads the witness when the last guest is gone.
    private static func sessions(_ context: RunContext) async -> [Session: SessionOutcome] {
        guard context.applicable.contains(where: { $0.requirement.scope == .guest }) else { return [:] }
        guard let field = context.field else {
            context.sink.fail("There are no canaries, and some of the checks need them.")
            return [:]
        }
        var runs: [SessionRun] = []
        var outcomes: [Session: SessionOutcome] = [:]
        let meeting = context.applicable.contains { $0 is any NeighbourCheck } ? Meeting() : nil
        for bottle in SuiteBottle.all() {
            let session = bottle.session
            do {
                let opened = try await context.bounded(
                    "opening of the canaries of the \(session.rawValue) session", limit: context.limits.field
                ) { try await field.open(session: session, slug: bottle.slug) }
                runs.append(
                    SessionRun(context: context, bottle: bottle, canaries: field, field: opened, meeting: meeting))
            } catch {
                let text = RunContext.text(of: error)
                meeting?.leave(session, text)
                outcomes[session] = SessionOutcome(evidence: SessionEvidence(failure: text))
                context.sink.send(.sessionFailed(session: session, message: text))
                if !(error is Bounded.Stopped) {
                    context.sink.fail("No canaries for the \(session.rawValue) session: \(text)")
                }
            }
        }
        // Without a bottle under test nobody has a head start.
        if !runs.contains(where: { $0.bottle.session == .bottle }) { context.headStart.set(true) }
        // Cancelled and left behind below, like the alarm of the whole run.
        let alone = Task {
            try await context.clock.sleep(until: context.clock.now + context.limits.headStart)
            context.headStart.set(true)
        }
        defer { alone.cancel() }
        let limit = max(1, min(context.configuration.jobs, context.hello.maxParallel))
        // Those that cannot be up at the same time must not wait for each other.
        if limit < runs.count {
            meeting?.close(
                "\(limit) bottles go on at once, and it takes \(runs.count): raise --jobs, or the driver's limit")
        }
        let finished = await concurrently(limit: limit, runs.map { run in { await run.run() } })
        for (run, outcome) in zip(runs, finished) { outcomes[run.bottle.session] = outcome }
        await witness(context, field, &outcomes)
        return outcomes
    }

    private static func witness(
        _ context: RunContext, _ field: any CanaryField, _ outcomes: inout [Session: SessionOutcome]
    ) async {
        do {
            // Bounded but not stopped: what the canaries saw before an interruption may prove a leak.
            let records = try await context.uncancelled("reading of the witness", limit: context.limits.field) {
                await field.witness()
            }
            outcomes = outcomes.mapValues { $0.witnessing(records) }
        } catch {
            // No witness must never look like a witness that saw nothing.
            context.sink.fail("The witness could not be read: \(RunContext.text(of: error))")
            outcomes = outcomes.mapValues { $0.unwitnessed() }
        }
    }
}
