// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// Whether the checks noticed a mutant, and for the right reason.
package enum KillMatrix {
    /// What became of a mutant.
    package enum Fate: Sendable, Hashable {
        /// Every check that had to notice did, with the verdict it had to reach.
        case killed(by: [String: Verdict])
        /// The run was sound, and a check that had to notice did not.
        case survived(why: String)
        /// The run proves nothing about the mutant: it broke down, or more was broken than one thing.
        case void(why: String)
        /// A backend cannot be broken in this way here: the mutant says nothing, for or against any check.
        case impossible(why: String)
    }

    /// Judges one run of a mutant.
    ///
    /// - Parameter failure: why a session of the run had no bottle, if one had none: a crash kills no mutant.
    package static func judge(_ mutant: Mutant, results: [CheckResult], failure: String? = nil) -> Fate {
        let hello = results.lazy.compactMap(\.evidence?.hello).first
        if let needs = mutant.needs, let hello, !hello.capabilities.contains(needs) {
            let why = hello.declined[needs] ?? "\(hello.name) does not offer it"
            return .impossible(why: "\(mutant.id): it takes \(needs), which is not there: \(why)")
        }
        if let failure { return .void(why: "\(mutant.id): the run broke down: \(failure)") }
        let verdicts = Dictionary(
            results.map { ($0.requirement, $0.judgement.verdict) }, uniquingKeysWith: { first, _ in first })
        if let crashed = verdicts.filter({ $0.value == .harnessError }).keys.min() {
            return .void(why: "\(mutant.id): \(crashed) ended in an error of the harness")
        }
        guard !mutant.mustFall.isEmpty else { return .void(why: "\(mutant.id): no check is named that must notice it") }
        for id in (Array(mutant.mustFall.keys) + mutant.stillGreen).sorted() where verdicts[id] == nil {
            return .void(why: "\(mutant.id): \(id) was not run")
        }
        for id in mutant.stillGreen {
            guard let verdict = verdicts[id], verdict != .pass else { continue }
            return .void(
                why:
                    "\(mutant.id): \(id) is \(verdict.rawValue) and has to pass, so more is broken than the mutant breaks"
            )
        }
        for (id, wanted) in mutant.mustFall.sorted(by: { $0.key < $1.key }) {
            guard let verdict = verdicts[id], verdict != wanted else { continue }
            let others = verdicts.filter { $0.value == .violated && mutant.mustFall[$0.key] == nil }.keys.sorted()
            let credit =
                others.isEmpty ? "" : "; noticed only by \(others.joined(separator: ", ")), which does not count"
            return .survived(
                why: "\(mutant.id): \(id) has to be \(wanted.rawValue) and is \(verdict.rawValue)\(credit)")
        }
        if mutant.passesNothing, let passed = verdicts.filter({ $0.value == .pass }).keys.min() {
            return .survived(why: "\(mutant.id): \(passed) passes, though nothing was there to be tested")
        }
        return .killed(by: mutant.mustFall)
    }
}
