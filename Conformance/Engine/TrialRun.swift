// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

/// Carries out the trials that the checks of a run declare, before any session.
///
/// The plain one goes first and alone, for its watcher must not miss a thing; the others wait for the backend most of the
/// time, and do so together.
struct TrialRun: Sendable {
    let context: RunContext

    /// By requirement, then by key.
    func run() async -> [String: [String: HostTrialOutcome]] {
        var wanted: [(requirement: String, trial: HostTrial)] = []
        for check in context.applicable {
            var declaration = TrialDeclaration(hello: context.hello)
            check.declareTrials(&declaration)
            wanted += declaration.trials.map { (check.requirement.id, $0) }
        }
        guard !wanted.isEmpty, let ground = context.configuration.ground else { return [:] }
        let kinds = HostTrial.Kind.allCases.filter { kind in wanted.contains { $0.trial.kind == kind } }
        context.sink.progress("host", "\(kinds.count) launches watched from the host")
        var outcomes: [HostTrial.Kind: HostTrialOutcome] = [:]
        for kind in kinds where Self.alone.contains(kind) { outcomes[kind] = await run(kind, ground) }
        let lanes = Dictionary(grouping: kinds.filter { !Self.alone.contains($0) }) { $0 == .teardown }
        await withTaskGroup(of: [HostTrialOutcome].self) { group in
            for lane in lanes.values {
                group.addTask {
                    var outcomes: [HostTrialOutcome] = []
                    for kind in lane { outcomes.append(await run(kind, ground)) }
                    return outcomes
                }
            }
            for await lane in group { for outcome in lane { outcomes[outcome.kind] = outcome } }
        }
        var result: [String: [String: HostTrialOutcome]] = [:]
        for (requirement, trial) in wanted {
            result[requirement, default: [:]][trial.key] = outcomes[trial.kind]
        }
        return result
    }

    private static let alone: Set<HostTrial.Kind> = [.plain]

    private func run(_ kind: HostTrial.Kind, _ ground: any TrialGround) async -> HostTrialOutcome {
        let start = context.clock.now
        defer {
            let spent = Int(RunClock.milliseconds(context.clock.now - start))
            context.sink.progress("host", "the trial \(kind.rawValue) took \(spent) ms")
        }
        do {
            return try await context.bounded(
                "trial \(kind.rawValue)", limit: context.limits.trial, grace: context.limits.tearDown
            ) { await ground.run(kind) }
        } catch {
            let text = RunContext.text(of: error)
            if !(error is Bounded.Stopped) { context.sink.fail("The trial \(kind.rawValue) failed: \(text)") }
            return HostTrialOutcome(kind: kind, failure: text)
        }
    }
}
