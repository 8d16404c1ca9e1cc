// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

/// Carries out the trials that the checks of a run declare, one after the other and before any session.
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
        for kind in kinds {
            do {
                outcomes[kind] = try await context.bounded(
                    "trial \(kind.rawValue)", limit: context.limits.trial, grace: context.limits.tearDown
                ) { await ground.run(kind) }
            } catch {
                let text = RunContext.text(of: error)
                outcomes[kind] = HostTrialOutcome(kind: kind, failure: text)
                if !(error is Bounded.Stopped) { context.sink.fail("The trial \(kind.rawValue) failed: \(text)") }
            }
        }
        var result: [String: [String: HostTrialOutcome]] = [:]
        for (requirement, trial) in wanted {
            result[requirement, default: [:]][trial.key] = outcomes[trial.kind]
        }
        return result
    }
}
