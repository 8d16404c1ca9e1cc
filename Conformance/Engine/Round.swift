// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

/// One attempt at the checks that attack a bottle: canaries, three sessions, and what the witness saw.
struct Round: Sendable {
    let context: RunContext

    /// Opens all canaries, runs the sessions, and reads the witness when the last guest is gone.
    func play() async -> [Session: SessionOutcome] {
        guard context.applicable.contains(where: { $0.requirement.scope == .guest }) else { return [:] }
        guard let field = context.field else {
            context.sink.fail("There are no canaries, and some of the checks need them.")
            return [:]
        }
        var runs: [SessionRun] = []
        var outcomes: [Session: SessionOutcome] = [:]
        let borrowed = context.configuration.borrowed?.outcomes ?? [:]
        // Nobody meets a bottle that is gone.
        let meets = borrowed.isEmpty && context.applicable.contains { $0 is any NeighbourCheck }
        let meeting = meets ? Meeting() : nil
        for bottle in SuiteBottle.all() where borrowed[bottle.session] == nil {
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
                    context.sink.lose("No canaries for the \(session.rawValue) session: \(text)")
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
        await witness(field, &outcomes)
        // With what their own canaries saw.
        return outcomes.merging(borrowed) { own, _ in own }
    }

    private func witness(_ field: any CanaryField, _ outcomes: inout [Session: SessionOutcome]) async {
        do {
            // Bounded but not stopped: what the canaries saw before an interruption may prove a leak.
            let records = try await context.uncancelled("reading of the witness", limit: context.limits.field) {
                await field.witness()
            }
            outcomes = outcomes.mapValues { $0.witnessing(records) }
        } catch {
            // No witness must never look like a witness that saw nothing.
            context.sink.lose("The witness could not be read: \(RunContext.text(of: error))")
            outcomes = outcomes.mapValues { $0.unwitnessed() }
        }
    }
}
