// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// One session from plan to fence: launch, control, attack, control again, destroy, fence.
struct SessionRun: Sendable {
    let context: RunContext
    let bottle: SuiteBottle
    let canaries: any CanaryField
    let field: SessionField
    /// Nil when no check is about two bottles.
    let meeting: Meeting?

    var session: Session { bottle.session }
    private var clock: RunClock { context.clock }
    var name: String { "the \(session.rawValue) session" }

    func run() async -> SessionOutcome {
        var outcome = SessionOutcome(evidence: SessionEvidence(plan: nil, description: nil, field: field))
        outcome.evidence.suiteToken = bottle.token
        // Until a fence has come through, no canary's silence proves anything.
        outcome.evidence.unfenced = field.canaries.map(\.id)
        let result = await runInTurn(outcome)
        meeting?.leave(session)
        return result
    }

    private func runInTurn(_ outcome: SessionOutcome) async -> SessionOutcome {
        if session == .bottle {
            defer { context.headStart.set(true) }
            return await run(outcome)
        }
        _ = await context.headStart.wait()
        return await run(outcome)
    }

    private func run(_ empty: SessionOutcome) async -> SessionOutcome {
        var outcome = empty
        let request = bottle.request(
            field: field, base: context.configuration.base, resolver: canaries.resolver,
            authority: canaries.authority, sources: context.configuration.sources)
        outcome.evidence.hostVariables = context.configuration.hostVariables
        do {
            let report = try await plan(request)
            outcome.evidence.plan = report.plan
            outcome.agentCommand = report.agentCommand
            outcome.sidecars = report.sidecars
            // Before the launch: what the guest has is compared with what it was made from.
            outcome.evidence.sources = context.configuration.sources.map { sources in
                SourceEvidence(
                    skillsDirectory: sources.skillsDirectory, skills: bottle.skills, before: sources.digest())
            }
            context.sink.progress("launch", "launching \(bottle.slug) for \(name)")
            let start = clock.now
            let id = try await launch(request)
            context.sink.send(
                .sessionLaunched(
                    session: session, slug: bottle.slug, milliseconds: RunClock.milliseconds(clock.now - start)))
            do {
                try await use(id, launchedAt: start, outcome: &outcome)
            } catch {
                fail(error, &outcome)
            }
            await tearDown(id, outcome: &outcome)
        } catch {
            fail(error, &outcome)
        }
        return outcome
    }

    private func fail(_ error: any Error, _ outcome: inout SessionOutcome) {
        let text = RunContext.text(of: error)
        outcome.evidence.failure = text
        // At once and not after the tear-down: the others need not wait for who will not come.
        meeting?.leave(session, text)
        context.sink.send(.sessionFailed(session: session, message: text))
        guard !(error is Bounded.Stopped) else { return }
        let sentence = "The \(session.rawValue) session failed: \(text)"
        Self.isFinal(error) ? context.sink.fail(sentence) : context.sink.lose(sentence)
    }

    /// Whether another attempt would come to the same.
    private static func isFinal(_ error: any Error) -> Bool {
        guard let error = error as? BottleError else { return false }
        return [.usage, .input, .prerequisite, .unsupported].contains(error.code)
    }

    private func plan(_ request: LaunchRequest) async throws -> PlanReport {
        var report = try await context.bounded("plan of \(name)", limit: context.limits.question) {
            [driver = context.driver] in try await driver.plan(request)
        }
        // What the engine decided itself is not the driver's to say: a wrong prompt in a plan must not excuse a wrong
        // prompt in the guest.
        if report.plan.slug != bottle.slug || report.plan.prompt != bottle.prompt {
            context.sink.warn("The driver's plan of \(name) does not hold the slug and prompt it was asked for.")
            report.plan.slug = bottle.slug
            report.plan.prompt = bottle.prompt
        }
        return report
    }

    private func launch(_ request: LaunchRequest) async throws -> BottleID {
        do {
            return try await context.bounded(
                "launch of \(name)", limit: context.configuration.timeout, grace: context.limits.tearDown,
                late: { await destroy($0) },
                { [driver = context.driver] in try await driver.launch(request) })
        } catch is Bounded.GivenUp {
            let text =
                "The launch of \(bottle.slug) did not end when it was told to; "
                + "run `bottle-conformance gc` to remove what it left."
            throw BottleError(.timeout, text)
        }
    }

    private func use(_ id: BottleID, launchedAt start: Duration, outcome: inout SessionOutcome) async throws {
        let runner = StepRunner(context: context, session: session, bottle: id)
        // Beside the description, which does not depend on it: on some backends each is a good part of a second.
        async let first = firstExec(runner, launchedAt: start)
        async let before = control(.before)
        let description = try await context.bounded("description of \(name)", limit: context.limits.question) {
            [driver = context.driver] in try await driver.describe(id)
        }
        outcome.evidence.description = description
        outcome.evidence.authorities = authorities(outcome.sidecars)
        outcome.launchToFirstExec = await first
        outcome.evidence.controls = await before
        guard let plan = outcome.evidence.plan else { return }

        var declaration = Declaration(
            session: session, plan: plan, description: description, field: field, hello: context.hello,
            agentCommand: outcome.agentCommand, sources: outcome.evidence.sources, scan: scan(outcome.sidecars),
            authorities: outcome.evidence.authorities)
        declaration.pace = context.configuration.pace
        let steps = SessionSteps(checks: context.applicable, declaration: declaration)
        for key in steps.repeated { context.sink.fail("A check declares a key twice in \(name): \(key).") }
        outcome.evidence.issuedNonces = steps.nonces
        context.sink.progress(
            "probe", "\(name): \(steps.batches.map(\.steps.count).reduce(0, +)) probes, \(steps.execs.count) execs")
        if steps.speakTLS { await bringSecureHelper(id) }
        await runner.run(steps, into: &outcome)
        outcome.evidence.sources?.after = context.configuration.sources?.digest()
        let longest = max(steps.longestBudget, await meet(runner, declaration, outcome: &outcome))
        outcome.quietFrom = clock.now + max(context.limits.witnessWindow, .milliseconds(longest))
        if let cause = context.stop.value { throw Bounded.Stopped(cause: cause) }

        // Before the bottle goes: some canaries stand on its own link, which goes with it.
        async let after = control(.after)
        outcome.evidence.logs = await logs(id, until: outcome.logFences)
        outcome.evidence.controls += await after
        if let cause = context.stop.value { throw Bounded.Stopped(cause: cause) }
        outcome.completed = true
    }

    /// The files of the authorities that a plan announced, by daemon.
    private static func files(_ sidecars: SidecarPlans?) -> [String: CertificateFiles] {
        guard let sidecars else { return [:] }
        return ["pipelock": sidecars.pipelock.authority, "egress": sidecars.egress.authority].compactMapValues(\.self)
    }

    /// The authorities that a plan announced, as they are on the host now.
    private func authorities(_ sidecars: SidecarPlans?) -> [String: AuthorityEvidence] {
        guard let read = context.configuration.hostFile else { return [:] }
        return Self.files(sidecars).compactMapValues {
            AuthorityEvidence(certificate: read($0.certificate), key: read($0.key))
        }
    }

    /// Puts the probe's helper for TLS into the guest; without it the steps that need it say so themselves.
    private func bringSecureHelper(_ id: BottleID) async {
        guard let read = context.configuration.secureHelper else { return }
        let what = "copy of the probe's helper for TLS into \(name)"
        do {
            let request = CopyRequest(path: Contract.secureHelperPath, bytes: try read(), mode: 0o755)
            try await context.bounded(what, limit: context.limits.question) { [driver = context.driver] in
                try await driver.copyIn(request, in: id)
            }
        } catch let error as BottleError where error.code == .unsupported {
            context.sink.warn("The driver does not offer the \(what): \(error)")
        } catch {
            report(error, "No \(what)")
        }
    }

    /// What of a guest can hold the token at all: the files that were changed since it was made, by the clock of the
    /// kernel that changed them. An engine's may be another than ours, but one that shows more at the time of the scan
    /// than ours did at the start of the run is behind by less than the run may take. The files of a microVM were
    /// written by anybody's clock, and its devices are its own.
    ///
    /// It looks for the keys of the bottle's authorities as well, as far as they are on the host.
    private func scan(_ sidecars: SidecarPlans?) -> Scan {
        let isMachine = context.hello.kind == .microvm
        let made = isMachine ? 0 : context.configuration.startedAt
        let longest = context.configuration.timeout.components.seconds
        var scan = Scan(token: bottle.token, since: max(made - longest, 0), made: made)
        scan.readsDevices = isMachine
        guard let read = context.configuration.hostFile else { return scan }
        for (daemon, files) in Self.files(sidecars).sorted(by: { $0.key < $1.key }) {
            if let key = read(files.key) { scan = scan.adding(key: key.bytes, of: Scan.key(of: daemon)) }
        }
        return scan
    }

    /// Milliseconds from the start of the launch to the end of the first exec in the bottle under test, which ends its
    /// head start; nil when it did not succeed.
    private func firstExec(_ runner: StepRunner, launchedAt start: Duration) async -> Double? {
        guard session == .bottle else { return nil }
        defer { context.headStart.set(true) }
        let request = ExecRequest([context.configuration.probePath, "version"])
        do {
            let result = try await runner.exec(request, "first exec in \(name)")
            return result.ending == .exited(0) ? RunClock.milliseconds(clock.now - start) : nil
        } catch is Bounded.Stopped {
            return nil
        } catch {
            context.sink.warn("The first exec in \(name) failed: \(RunContext.text(of: error))")
            return nil
        }
    }

    private func control(_ moment: ControlRecord.Moment) async -> [ControlRecord] {
        do {
            return try await context.bounded(
                "control \(moment.rawValue) the attempts of \(name)", limit: context.limits.field
            ) { [canaries, field] in await canaries.control(field, moment: moment) }
        } catch {
            report(error, "No control of \(name)")
            return []
        }
    }

    /// Reads the daemons' logs, again and again until they show what certainly reached the daemons last: a log takes
    /// its own way to the driver, and before that its silence would mean nothing.
    private func logs(_ id: BottleID, until fences: Set<String>) async -> [LogRecord] {
        guard context.hello.capabilities.contains("logs") else { return [] }
        do {
            return try await context.bounded("logs of \(name)", limit: context.limits.question) {
                [driver = context.driver, clock, patience = context.limits.logDelay] in
                let end = clock.now + patience
                while true {
                    let records = try await driver.logs(id)
                    // What is missing then is for the checks to judge: they ask for the same lines.
                    if fences.isSubset(of: records.compactMap(\.nonce)) || clock.now >= end { return records }
                    try await clock.sleep(until: min(end, clock.now + .milliseconds(10)))
                }
            }
        } catch {
            report(error, "No logs of \(name)")
            return []
        }
    }

    private func report(_ error: any Error, _ what: String) {
        if !(error is Bounded.Stopped) { context.sink.lose("\(what): \(RunContext.text(of: error))") }
    }

    private func tearDown(_ id: BottleID, outcome: inout SessionOutcome) async {
        context.sink.progress("close", "destroying \(bottle.slug)")
        let gone = await destroy(id)
        guard outcome.completed else { return }
        do {
            var unfenced = try await fence()
            if !gone || !unfenced.isEmpty {
                // Without a fence, or with a guest that may live on, only time closes the window.
                let end = outcome.quietFrom
                try await context.bounded(
                    "witness window of \(name)", limit: max(.zero, end - clock.now) + .seconds(60)
                ) {
                    [clock] in try await clock.sleep(until: end)
                }
                // Time closes the window; it does not bring back what a canary could not take in or keep.
                unfenced = try await fence()
            }
            outcome.evidence.unfenced = unfenced
        } catch {
            report(error, "No fence of \(name)")
        }
    }

    private func fence() async throws -> [String] {
        try await context.bounded("fence of \(name)", limit: context.limits.field) {
            [canaries, field] in await canaries.fence(field)
        }
    }

    /// Runs to its end whatever happens to the run; called once for every bottle that was launched.
    @discardableResult
    private func destroy(_ id: BottleID) async -> Bool {
        do {
            try await context.uncancelled("destruction of \(bottle.slug)", limit: context.limits.tearDown) {
                [driver = context.driver] in try await driver.destroy(id)
            }
            return true
        } catch {
            context.sink.fail(
                "\(bottle.slug) could not be destroyed: \(RunContext.text(of: error)) "
                    + "Run `bottle-conformance gc` to remove what is left.")
            return false
        }
    }
}
