// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceChecks
import ConformanceEngine
import ConformanceMutants
import Synchronization

/// The backend as it is, under the checks that are to notice its mutants: what falls here falls for another reason.
///
/// Its open twin and its variant stand beside every broken bottle afterwards, so that a mutant costs one bottle and not three.
struct MutantReference: Sendable {
    /// By requirement.
    let verdicts: [String: Verdict]
    /// Nil where one of them did not come to its end; every mutant launches its own then.
    let sessions: LentSessions?

    /// How often the backend is tried at most: a machine that boots in a lab ends under its probes now and then.
    private static let attempts = 3

    /// Runs the checks of bottles that these mutants name, again where one of them did not pass.
    ///
    /// - Returns: The best of all attempts; nil when no mutant names a check of bottles.
    static func run(
        _ mutants: [Mutant], of base: BuiltIn, on stage: MutantStage, timeout: Duration, _ interruption: Interruption
    ) async throws -> MutantReference? {
        let named = mutants.reduce(into: Set<String>()) {
            $0.formUnion($1.mustFall.keys)
            $0.formUnion($1.stillGreen)
        }
        let checks = CheckCatalogue.all.filter {
            $0.requirement.scope == .guest && named.contains($0.requirement.id)
        }
        guard !checks.isEmpty else { return nil }
        let selection = try Selection.resolve(checks: checks, profile: Catalogue.full)
        var best: MutantReference?
        for _ in 1...attempts where interruption.signal == nil {
            let lent = Mutex<LentSessions?>(nil)
            let request = SuiteRun.Request(
                backend: BackendName(base: base, mutant: nil), engine: nil, chosen: true, selection: selection,
                base: Manifest.Bottle(), jobs: 4, strict: false, timeout: timeout,
                lend: { sessions in lent.withLock { $0 = sessions } })
            let summary = try await stage.perform(request, interruption: interruption) { _ in }
            let found = MutantReference(
                verdicts: Dictionary(
                    summary.results.map { ($0.requirement, $0.judgement.verdict) },
                    uniquingKeysWith: { first, _ in first }),
                sessions: lent.withLock { $0 }?.only([.twin, .variant]))
            if found.passed > best?.passed ?? -1 { best = found }
            if found.isWhole { break }
            for result in summary.results where result.judgement.verdict != .pass {
                Console.note(
                    "the backend as it is: \(result.requirement) is \(result.judgement.verdict.rawValue): "
                        + result.judgement.summary)
            }
        }
        return best
    }

    /// How many checks pass.
    var passed: Int { verdicts.values.count { $0 == .pass } }
    private var isWhole: Bool { passed == verdicts.count && sessions != nil }

    /// Why the fall of one of these checks says nothing; nil when all of them pass here.
    func objection(to fallen: some Sequence<String>) -> String? {
        for id in fallen.sorted() {
            guard let verdict = verdicts[id], verdict != .pass else { continue }
            return "\(id) is \(verdict.rawValue) on the backend as it is, so that its fall says nothing"
        }
        return nil
    }
}
