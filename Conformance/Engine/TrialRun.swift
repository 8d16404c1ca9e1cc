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
        // One lane of launches that come up and one of those that do not, beside each other: networks and state are their own.
        let sharing = kinds.filter(\.sharesBottles)
        let refused = kinds.filter { !$0.sharesBottles && !$0.isAlone }
        let plain = Latch<Bool>()
        if !sharing.contains(.plain) { plain.set(true) }
        async let together = sharing.isEmpty ? [] : run(sharing, ground) { plain.set(true) }
        _ = await plain.wait()
        for kind in refused { note(await run([kind], ground) {}, in: &outcomes) }
        note(await together, in: &outcomes)
        for kind in kinds.filter(\.isAlone) { note(await run([kind], ground) {}, in: &outcomes) }
        var result: [String: [String: HostTrialOutcome]] = [:]
        for (requirement, trial) in wanted {
            result[requirement, default: [:]][trial.key] = outcomes[trial.kind]
        }
        return result
    }

    /// How many times as long a trial may take as one of a launch or two.
    private static func share(of kind: HostTrial.Kind) -> Int {
        switch kind {
        case .plain: 2
        // Four conversions, and a few that are cut off.
        case .conversion: 3
        case .missingTool, .missingToken, .missingSkill, .failingBringUp, .networks, .teardown: 1
        }
    }

    private func note(_ outcomes: [HostTrialOutcome], in known: inout [HostTrial.Kind: HostTrialOutcome]) {
        for outcome in outcomes { known[outcome.kind] = outcome }
    }

    /// Carries out trials that go on together.
    private func run(
        _ kinds: [HostTrial.Kind], _ ground: any TrialGround, plainIsOver: @escaping @Sendable () -> Void
    ) async -> [HostTrialOutcome] {
        // Also when the trial was cut off before.
        defer { plainIsOver() }
        let names = kinds.map(\.rawValue).joined(separator: " and ")
        let start = context.clock.now
        defer {
            let spent = Int(RunClock.milliseconds(context.clock.now - start))
            context.sink.progress("host", "the trial \(names) took \(spent) ms")
        }
        do {
            return try await context.bounded(
                "trial \(names)", limit: context.limits.trial * kinds.reduce(1) { max($0, Self.share(of: $1)) },
                grace: context.limits.tearDown
            ) { await ground.run(kinds, plainIsOver: plainIsOver) }
        } catch {
            let text = RunContext.text(of: error)
            if !(error is Bounded.Stopped) { context.sink.fail("The trial \(names) failed: \(text)") }
            return kinds.map { HostTrialOutcome(kind: $0, failure: text) }
        }
    }
}
