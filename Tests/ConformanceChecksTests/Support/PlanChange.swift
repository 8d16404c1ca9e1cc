// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

/// One thing that a driver's plans get wrong, and what a check says about it.
struct PlanChange: Sendable, CustomTestStringConvertible {
    /// What is wrong, and a part of what is said.
    let name: String
    let says: String
    var kind = BackendKind.namespaces
    let change: @Sendable (inout PlanReport) -> Void

    init(
        _ name: String, says: String, on kind: BackendKind = .namespaces,
        _ change: @escaping @Sendable (inout PlanReport) -> Void
    ) {
        (self.name, self.says, self.kind, self.change) = (name, says, kind, change)
    }

    var testDescription: String { name }

    /// What a check makes of plans that all have it.
    func judge(_ check: any Check) throws -> Judgement {
        var evidence = try SimulatedPlans.evidence(for: check, kind: kind)
        for key in evidence.plans.keys {
            if var report = evidence.plans[key]?.report {
                change(&report)
                evidence.plans[key]?.report = report
            }
        }
        return check.judge(evidence)
    }

    /// The check falls, and says why.
    func makesFall(_ check: any Check) throws {
        let judgement = try judge(check)
        #expect(judgement.verdict == .violated, "\(name): \(judgement.summary)")
        let leaks = judgement.findings.filter { $0.state == .leak }.map(\.text)
        #expect(leaks.contains { $0.contains(says) }, "\(name): \(leaks.prefix(3))")
    }
}

extension PlanReport {
    /// Changes the text of a file.
    mutating func edit(_ kind: Artefact.Kind, _ text: String, to other: String) {
        for index in artefacts.indices where artefacts[index].kind == kind {
            artefacts[index].text = artefacts[index].text.replacing(text, with: other)
        }
    }

    /// Changes the argv of the call that makes the guest.
    mutating func editCreate(_ change: (inout [String]) -> Void) {
        for index in commands.indices where commands[index].name == "create" { change(&commands[index].argv) }
    }
}

/// What holds for every check of plans.
enum PlanCheckFacts {
    /// The real planners pass on every kind of backend, but for those where there is nothing to judge.
    static func passesEverywhere(_ check: any Check, exceptOn kinds: Set<BackendKind> = []) throws {
        for kind in BackendKind.allCases {
            let judgement = check.judge(try SimulatedPlans.evidence(for: check, kind: kind))
            let wanted: Verdict = kinds.contains(kind) ? .notApplicable : .pass
            #expect(judgement.verdict == wanted, "\(kind): \(judgement.summary)")
            #expect(judgement.findings.allSatisfy { $0.state == .holds })
        }
    }
}
