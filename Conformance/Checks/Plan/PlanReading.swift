// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// What a driver answered to one question about a plan.
enum PlanAnswer {
    case report(PlanReport, PlanOutcome)
    /// The driver would not plan this, with its reason.
    case refused(String)
    /// Nobody knows, with the reason.
    case unknown(String)
}

extension Evidence {
    /// The answer to a question of the check.
    func planned(_ key: String) -> PlanAnswer {
        guard let outcome = plans[key] else {
            return .unknown("the driver was not asked for the plan of \(key): run again with the whole profile")
        }
        if let report = outcome.report { return .report(report, outcome) }
        let error = outcome.error.map { ": \(Quoted($0, limit: 300))" } ?? ""
        return outcome.refused
            ? .refused("the driver refuses to plan \(key)\(error)")
            : .unknown("the driver gave no plan of \(key)\(error)")
    }

    /// Looks at the plan of one scene: leaks where something is wrong, a gap where there is no plan.
    ///
    /// - Parameters:
    ///   - holds: What is said when nothing is wrong.
    ///   - differences: What is wrong with a plan, a sentence each.
    func examine(
        _ key: String, holds: String, _ differences: (PlanReport, PlanOutcome) -> [String]
    ) -> [Finding] {
        switch planned(key) {
        case .report(let report, let outcome):
            let found = differences(report, outcome)
            return found.isEmpty
                ? [Finding(.fact, .holds, "\(key): \(holds)")] : found.map { Finding(.fact, .leak, "\(key): \($0)") }
        case .refused(let why), .unknown(let why): return [Finding(.fact, .missing, why)]
        }
    }

    /// Compares the plan of a scene with what the contract says about it.
    func compare(
        _ key: String, holds: String, with differences: (PlanReport, ExpectedPlan) -> [String]
    ) -> [Finding] {
        examine(key, holds: holds) { report, outcome in
            ExpectedPlan(outcome.step).map { differences(report, $0) }
                ?? ["the manifest of the question does not have its agent"]
        }
    }
}

/// What a text should be and is not, as a sentence; nil when it is.
func difference(_ what: String, _ got: String?, wanted: String?) -> String? {
    func shown(_ text: String?) -> String { text.map { "\(Quoted($0, limit: 200))" } ?? "absent" }
    // By bytes: texts that look alike are two.
    let same = got.map { Array($0.utf8) } == wanted.map { Array($0.utf8) }
    return same ? nil : "\(what) is \(shown(got)), expected \(shown(wanted))"
}

/// What a list of texts should be and is not, as a sentence; nil when it is.
func difference(_ what: String, _ got: [String], wanted: [String]) -> String? {
    func shown(_ texts: [String]) -> String {
        "[" + texts.map { "\(Quoted($0, limit: 120))" }.joined(separator: ", ") + "]"
    }
    let same = got.map { Array($0.utf8) } == wanted.map { Array($0.utf8) }
    return same ? nil : "\(what) is \(shown(got)), expected \(shown(wanted))"
}
