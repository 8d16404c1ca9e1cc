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
        for kind in kinds where Self.alone.contains(kind) { note(await run([kind], ground), in: &outcomes) }
        let others = kinds.filter { !Self.alone.contains($0) }
        // One lane of launches that come up and one of those that do not, beside each other: networks and state are their own.
        let lanes = [[others.filter(\.sharesBottles)], others.filter { !$0.sharesBottles }.map { [$0] }]
        await withTaskGroup(of: [HostTrialOutcome].self) { group in
            for lane in lanes {
                group.addTask {
                    var outcomes: [HostTrialOutcome] = []
                    for kinds in lane where !kinds.isEmpty { outcomes += await run(kinds, ground) }
                    return outcomes
                }
            }
            for await lane in group { note(lane, in: &outcomes) }
        }
        var result: [String: [String: HostTrialOutcome]] = [:]
        for (requirement, trial) in wanted {
            result[requirement, default: [:]][trial.key] = outcomes[trial.kind]
        }
        return result
    }

    private static let alone: Set<HostTrial.Kind> = [.plain]

    private func note(_ outcomes: [HostTrialOutcome], in known: inout [HostTrial.Kind: HostTrialOutcome]) {
        for outcome in outcomes { known[outcome.kind] = outcome }
    }

    /// Carries out trials that go on together.
    private func run(_ kinds: [HostTrial.Kind], _ ground: any TrialGround) async -> [HostTrialOutcome] {
        let names = kinds.map(\.rawValue).joined(separator: " and ")
        let start = context.clock.now
        defer {
            let spent = Int(RunClock.milliseconds(context.clock.now - start))
            context.sink.progress("host", "the trial \(names) took \(spent) ms")
        }
        do {
            return try await context.bounded(
                "trial \(names)", limit: context.limits.trial, grace: context.limits.tearDown
            ) { await ground.run(kinds) }
        } catch {
            let text = RunContext.text(of: error)
            if !(error is Bounded.Stopped) { context.sink.fail("The trial \(names) failed: \(text)") }
            return kinds.map { HostTrialOutcome(kind: $0, failure: text) }
        }
    }
}
