// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// Runs the steps of one session in its bottle.
struct StepRunner: Sendable {
    let context: RunContext
    let session: Session
    let bottle: BottleID

    private enum Result: Sendable {
        case probes([(requirement: String, outcome: ProbeOutcome)])
        case exec(requirement: String, outcome: ExecOutcome, seconds: Double)
    }

    /// Tries everything, phase by phase, and files the outcomes under the requirements that declared the steps.
    ///
    /// - Parameter amid: Awaited between the attempts and what proves something after them.
    func run(
        _ steps: SessionSteps, into outcome: inout SessionOutcome, amid: () async -> Void = {}
    ) async {
        let over = Latch<StopCause>()
        let token = context.stop.onSet { over.set($0) }
        defer { context.stop.remove(token) }
        async let standing = throughout(steps, until: over)
        for phase in [ProbeStep.Phase.before, .during] { file(await run(steps, in: phase), into: &outcome) }
        await amid()
        file(await run(steps, in: .after), into: &outcome)
        // Cancelled below: a step that the last one did not end is not waited for any longer than this.
        let grace = Task {
            try await context.clock.sleep(until: context.clock.now + context.limits.execGrace)
            over.set(.deadline)
        }
        file(await standing, into: &outcome)
        grace.cancel()
    }

    private func throughout(_ steps: SessionSteps, until over: Latch<StopCause>) async -> [Result] {
        let bounded = Bounded(clock: context.clock, stop: over)
        var work: [@Sendable () async -> Result] = []
        for batch in steps.batches where batch.phase == .throughout {
            work.append { await .probes(run(batch, bounded: bounded)) }
        }
        // All of them at once: each has to be there from the beginning.
        return await concurrently(limit: work.count, work)
    }

    private func run(_ steps: SessionSteps, in phase: ProbeStep.Phase) async -> [Result] {
        var work: [@Sendable () async -> Result] = []
        for batch in steps.batches where batch.phase == phase {
            work.append { await .probes(run(batch, bounded: context.bounded)) }
        }
        for owned in steps.execs where owned.step.phase == phase { work.append { await run(owned) } }
        return await concurrently(limit: context.configuration.jobs, work)
    }

    private func file(_ results: [Result], into outcome: inout SessionOutcome) {
        for result in results {
            switch result {
            case .probes(let probes):
                for probe in probes {
                    outcome.probes[probe.requirement, default: [:]][probe.outcome.step.key] = probe.outcome
                }
            case .exec(let requirement, let exec, let seconds):
                outcome.execs[requirement, default: [:]][exec.step.key] = exec
                outcome.seconds[requirement, default: 0] += seconds
            }
        }
    }

    /// One exec, given up when the driver does not even report that its deadline passed.
    func exec(_ request: ExecRequest, _ name: String) async throws -> ExecResult {
        try await exec(request, name, bounded: context.bounded)
    }

    private func exec(_ request: ExecRequest, _ name: String, bounded: Bounded) async throws -> ExecResult {
        let limit = Duration.milliseconds(max(request.deadlineMilliseconds, 0)) + context.limits.execGrace
        return try await bounded(name, limit: limit) { [driver = context.driver, bottle] in
            try await driver.exec(request, in: bottle)
        }
    }

    private func run(
        _ batch: SessionSteps.Batch, bounded: Bounded
    ) async -> [(requirement: String, outcome: ProbeOutcome)] {
        let rendered = ProbeBatch(batch.steps.map(\.step))
        let watch = HostFileWatch(
            configuration: context.configuration, paths: batch.steps.compactMap { $0.step.writtenPath })
        let request = rendered.request(
            probePath: context.configuration.probePath, target: batch.target, user: batch.user)
        var observations = [Observation?](repeating: nil, count: batch.steps.count)
        // A driver without the capability is not asked: the answer is known, and its absence is for a check to judge.
        if batch.target == .guest || context.hello.capabilities.contains("bundle-exec") {
            let name = "probe batch in the \(batch.target.rawValue) of the \(session.rawValue) session"
            do {
                let result = try await exec(request, name, bounded: bounded)
                if result.ending == .timedOut {
                    context.sink.miss("The \(name) ran into its deadline of \(request.deadlineMilliseconds) ms.")
                }
                observations = rendered.observations(in: result.stdout)
            } catch let error as BottleError where error.code == .unsupported {
                context.sink.warn("The driver does not offer the \(name): \(error)")
            } catch is Bounded.Stopped {
                // The steps stay without an observation; the session says why.
            } catch {
                context.sink.lose("The \(name) failed: \(RunContext.text(of: error))")
            }
        }
        let leaked = watch.appeared()
        return zip(batch.steps, observations).map { owned, observation in
            var observation = observation
            if let path = owned.step.writtenPath, leaked.contains(path) {
                // A file on the host is proof even when the probe's own line never came.
                if observation == nil { observation = Observation(stage: .socket, killed: true) }
                observation?.facts["host_file"] = path
            }
            return (owned.requirement, ProbeOutcome(step: owned.step, observation: observation))
        }
    }

    private func run(_ owned: SessionSteps.Owned<ExecStep>) async -> Result {
        let step = owned.step
        let start = context.clock.now
        let watch = HostFileWatch(configuration: context.configuration, paths: step.possiblePaths)
        var outcome = ExecOutcome(step: step, result: nil)
        let name = "exec \(step.key) of \(owned.requirement) in the \(session.rawValue) session"
        do {
            outcome.result = try await exec(step.request, name)
        } catch {
            let text = RunContext.text(of: error)
            outcome.error = text
            // A driver that refuses has answered, and would do so again.
            let isAnswer = (error as? BottleError).map { ![.timeout, .transport].contains($0.code) } ?? false
            if !isAnswer, !(error is Bounded.Stopped) { context.sink.miss("The \(name) was not answered: \(text)") }
        }
        outcome.hostFile = watch.appeared().min()
        let seconds = RunClock.milliseconds(context.clock.now - start) / 1000
        return .exec(requirement: owned.requirement, outcome: outcome, seconds: seconds)
    }
}

extension ProbeStep {
    /// The path the action creates, if it creates one.
    fileprivate var writtenPath: String? {
        guard case .writeFile(let path, _) = action else { return nil }
        return path
    }
}

extension ExecStep {
    /// Paths that carry the step's nonce: nobody else on a host has a file of that name.
    fileprivate var possiblePaths: [String] {
        ["/tmp/\(nonce.text)"] + request.argv.filter { $0.hasPrefix("/") && $0.contains(nonce.text) }
    }
}
