// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver

/// Turns the outcomes of the sessions into one result a requirement.
struct Judging: Sendable {
    let context: RunContext
    let outcomes: [Session: SessionOutcome]
    /// By requirement, then by key.
    var plans: [String: [String: PlanOutcome]] = [:]
    /// By requirement, then by key.
    var trials: [String: [String: HostTrialOutcome]] = [:]

    /// Judges in the order of the selection.
    func results() -> [CheckResult] {
        let hosts = context.field?.hosts ?? []
        return context.configuration.checks.map { result(of: $0, hosts: hosts) }
    }

    private func result(of check: any Check, hosts: [HostIdentity]) -> CheckResult {
        let id = check.requirement.id
        guard check.requirement.kinds.contains(context.hello.kind) else {
            let kinds = check.requirement.kinds.map(\.rawValue).sorted().joined(separator: ", ")
            return CheckResult(
                requirement: id,
                judgement: Judgement(
                    .notApplicable,
                    "only for backends of kind \(kinds); \(context.hello.name) is of kind \(context.hello.kind.rawValue)"
                ),
                seconds: 0, evidence: nil)
        }
        let start = context.clock.now
        let evidence = Evidence(
            hello: context.hello, hosts: hosts, plans: plans[id] ?? [:], trials: trials[id] ?? [:],
            sessions: outcomes.mapValues { $0.evidence(for: id) })
        // A run that stopped may still have proved something: a leak needs no other leg. A whole bottle session is asked
        // for, because in half of one an absence may be the stop's doing.
        if let cause = context.stop.value, check.requirement.scope == .guest, outcomes[.bottle]?.completed != true {
            return CheckResult(
                requirement: id, judgement: Judgement(.inconclusive, cause.text), seconds: 0, evidence: nil)
        }
        let judgement = check.judge(evidence)
        if let cause = context.stop.value, judgement.verdict != .violated {
            return CheckResult(
                requirement: id, judgement: Judgement(.inconclusive, cause.text), seconds: 0, evidence: nil)
        }
        let own = outcomes.values.reduce(0) { $0 + ($1.seconds[id] ?? 0) }
        let seconds = RunClock.milliseconds(context.clock.now - start) / 1000 + own
        return CheckResult(requirement: id, judgement: judgement, seconds: seconds, evidence: evidence)
    }
}
