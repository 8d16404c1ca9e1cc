// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

/// The attempts of one run: all checks first, then those that lost their evidence to a breakdown, twice at most.
///
/// Evidence rule E10: a leak is never tried again, nor a row whose evidence is all there. What is tried again is tried with
/// fresh bottles, nonces and canaries, and the judgements of earlier attempts stay with the result.
struct Rounds: Sendable {
    /// The first one included.
    private static let most = 3

    let context: RunContext
    let plans: [String: [String: PlanOutcome]]
    let trials: [String: [String: HostTrialOutcome]]

    struct Outcome: Sendable {
        /// In the order of the selection.
        var results: [CheckResult]
        /// Milliseconds.
        var launchToFirstExec: Double?
    }

    /// Runs the attempts, and sends each result as soon as it is final: a run that dies in a later attempt has said by then
    /// what the earlier ones proved. The canaries of each are closed on return.
    func run() async -> Outcome {
        var outcome = await round(context) { context.configuration.lend?(LentSessions($0)) }
        var open = Set(outcome.results.map(\.requirement))
        for number in 2...Self.most {
            let again = lost(outcome.results)
            guard !again.isEmpty, context.sink.hasLosses, context.stop.value == nil,
                let makeField = context.configuration.anotherField
            else { break }
            let field: any CanaryField
            do {
                field = try await context.bounded("making of other canaries", limit: context.limits.field) {
                    try await makeField()
                }
            } catch {
                if !(error is Bounded.Stopped) {
                    context.sink.lose("There are no canaries for attempt \(number): \(RunContext.text(of: error))")
                }
                break
            }
            let waiting = Set(again.map(\.requirement.id))
            send(outcome.results, open.subtracting(waiting))
            open = waiting
            context.sink.send(.attemptStarted(number: number, requirements: again.map(\.requirement.id)))
            // Whatever they cost is tried again now, and counts if it is lost once more.
            context.sink.forgiveLosses()
            let next = await round(context.again(again, field: field))
            outcome.launchToFirstExec = outcome.launchToFirstExec ?? next.launchToFirstExec
            outcome.replace(next.results)
        }
        send(outcome.results, open)
        return outcome
    }

    private func send(_ results: [CheckResult], _ final: Set<String>) {
        for result in results where final.contains(result.requirement) { context.sink.send(.checked(result)) }
    }

    private func round(
        _ context: RunContext, _ lend: ([Session: SessionOutcome]) -> Void = { _ in }
    ) async -> Outcome {
        let outcomes = await Round(context: context).play()
        lend(outcomes)
        await context.closeField()
        return Outcome(
            results: Judging(context: context, outcomes: outcomes, plans: plans, trials: trials).results(),
            launchToFirstExec: outcomes[.bottle]?.launchToFirstExec)
    }

    /// The checks of bottles that came to no verdict for want of evidence, in the order of the selection.
    private func lost(_ results: [CheckResult]) -> [any Check] {
        let open = Set(
            results.filter { $0.judgement.verdict == .inconclusive && $0.evidence?.isWhole != true }.map(\.requirement))
        return context.applicable.filter { $0.requirement.scope == .guest && open.contains($0.requirement.id) }
    }
}

extension Rounds.Outcome {
    /// Puts later results in the place of earlier ones, whose judgements they keep.
    fileprivate mutating func replace(_ later: [CheckResult]) {
        let later = Dictionary(later.map { ($0.requirement, $0) }, uniquingKeysWith: { $1 })
        results = results.map { earlier in
            guard var result = later[earlier.requirement] else { return earlier }
            result.attempts = earlier.attempts + [earlier.judgement]
            result.seconds += earlier.seconds
            return result
        }
    }
}

extension Evidence {
    /// Whether everything that the check asked for in bottles was answered, among canaries that bear witness.
    fileprivate var isWhole: Bool {
        Session.allCases.allSatisfy { session in
            guard let own = sessions[session], own.failure == nil, own.missedMeeting == nil else { return false }
            return !own.controls.isEmpty && own.unfenced.isEmpty
                && (!own.logs.isEmpty || !hello.capabilities.contains("logs"))
                && own.probes.values.allSatisfy { $0.observation != nil }
                && own.execs.values.allSatisfy { $0.result != nil }
        }
    }
}
