// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceChecks
import ConformanceEngine
import ConformanceMutants
import Synchronization

/// One line of the kill matrix: a mutant, what it broke, and who noticed.
struct MutantRow: Encodable, Sendable {
    var mutant: String
    var breaks: String
    /// Where it was tried.
    var backends: [String]
    /// killed, survived, void or impossible.
    var fate: String
    /// Why, when it was not killed.
    var why: String?
    /// The checks that noticed, with their verdicts.
    var killedBy: [String: String]
    /// What the first of them said.
    var evidence: String?
    /// What it took, in whole seconds.
    var seconds = 0

    /// With what mutants are tried: what all of them share, and what for.
    struct Trial: Sendable {
        /// The program that calls the container engine; nil is the backend's own.
        var engine: String?
        /// What runs share on the matrix's own backend; nil where each has its own.
        var stage: MutantStage?
        /// What the backend as it is came to; nil where it was not tried.
        var reference: MutantReference?
        /// Whether a broken bottle stands beside the twin and the variant of the backend as it is.
        var borrows = true
        var interruption: Interruption
        /// For one run.
        var timeout = Duration.seconds(120)

        var borrowed: LentSessions? { borrows ? reference?.sessions : nil }
    }

    /// Runs the suite against the mutant: bottles on the backend, plans on every backend that has what is broken.
    ///
    /// A row that is not killed on one of them is not killed.
    static func run(_ mutant: Mutant, of backend: BuiltIn, _ trial: Trial) async throws -> MutantRow {
        let began = ContinuousClock.now
        var rows: [MutantRow] = []
        for base in backend.places(of: mutant) {
            var own = trial
            if base != backend { own.stage = nil }
            rows.append(try await run(mutant, on: base, own))
        }
        guard var row = rows.first(where: { $0.fate != "killed" }) ?? rows.first else {
            throw BottleError(.internalFault, "The mutant \(mutant.id) can be tried on no backend.")
        }
        row.backends = rows.flatMap(\.backends)
        row.seconds = Int((ContinuousClock.now - began) / .seconds(1))
        return row
    }

    /// The checks that have something to say about the mutant look at its bottles first, since the others cost most of the
    /// time and cannot kill it; beside a twin and a variant of the backend as it is, where there are such. One that they do
    /// not kill is shown to all, so that it is told who noticed it instead.
    private static func run(_ mutant: Mutant, on base: BuiltIn, _ trial: Trial) async throws -> MutantRow {
        let all = CheckCatalogue.all.filter { mutant.arena == .bottles || $0.requirement.scope == .plan }
        let named = all.filter {
            mutant.mustFall[$0.requirement.id] != nil || mutant.stillGreen.contains($0.requirement.id)
        }
        var alone = trial
        alone.borrows = false
        var last: MutantRow?
        for trial in (trial.borrowed == nil ? [] : [trial]) + [alone] where !mutant.passesNothing {
            let row = try await run(mutant, named, on: base, trial, conversions: mutant.attempts)
            if row.fate == "killed" || row.fate == "impossible" || trial.interruption.signal != nil { return row }
            last = row
            // What it did to its surroundings must not count for the next one.
            await trial.stage?.end()
        }
        if let last, last.fate != "survived" { return last }
        return try await run(mutant, all, on: base, alone, conversions: nil)
    }

    private static func run(
        _ mutant: Mutant, _ checks: [any Check], on base: BuiltIn, _ trial: Trial,
        conversions: Set<ConversionOutcome.Attempt.How>?
    ) async throws -> MutantRow {
        let selection = try Selection.resolve(checks: checks, profile: Catalogue.full)
        var request = SuiteRun.Request(
            backend: BackendName(base: base, mutant: mutant.id), engine: base == .docker ? trial.engine : nil,
            chosen: true, selection: selection, base: Manifest.Bottle(), jobs: 4, strict: false,
            timeout: trial.timeout)
        (request.conversions, request.borrowed) = (conversions, trial.borrowed)
        let failure = Mutex<String?>(nil)
        let note: @Sendable (Event) -> Void = { event in
            switch event {
            case .sessionFailed(let session, let message):
                failure.withLock { $0 = $0 ?? "\(session.rawValue): \(message)" }
            // Whoever lost something by it tries again.
            case .attemptStarted: failure.withLock { $0 = nil }
            default: break
            }
        }
        let isOfPlans = checks.allSatisfy { $0.requirement.scope == .plan }
        let stage = isOfPlans ? nil : trial.stage
        let summary =
            if let stage {
                try await stage.perform(request, interruption: trial.interruption, events: note)
            } else {
                try await SuiteRun.perform(request, interruption: trial.interruption, events: note)
            }
        // A driver that answers nothing has no bottle by design: there the missing session is the mutant itself.
        let broken = mutant.passesNothing ? nil : failure.withLock { $0 }
        var fate = KillMatrix.judge(mutant, results: summary.results, failure: broken)
        if case .killed(let verdicts) = fate, let why = trial.reference?.objection(to: verdicts.keys) {
            fate = .void(why: "\(mutant.id): \(why)")
        }
        var row = MutantRow(
            mutant: mutant.id, breaks: mutant.breaks, backends: [base.rawValue], fate: "killed", why: nil,
            killedBy: [:], evidence: nil)
        switch fate {
        case .killed(let verdicts):
            row.killedBy = verdicts.mapValues(\.rawValue)
            let first = summary.results.first { verdicts[$0.requirement] != nil }
            row.evidence = first?.judgement.summary
        case .survived(let why): (row.fate, row.why) = ("survived", "on \(base.rawValue), \(why)")
        case .void(let why): (row.fate, row.why) = ("void", "on \(base.rawValue), \(why)")
        case .impossible(let why): (row.fate, row.why) = ("impossible", "on \(base.rawValue), \(why)")
        }
        return row
    }
}

/// The kill matrix: per mutant who noticed, per requirement what it is armed by.
struct MutantMatrix: Encodable, Sendable {
    var rows: [MutantRow]
    /// Mutants that each requirement's check found violated, by requirement; empty is unarmed.
    var armed: [String: [String]]

    /// - Parameter requirements: ids that must be armed; empty when only some mutants were run.
    init(rows: [MutantRow], requirements: [String]) {
        self.rows = rows
        armed = Dictionary(uniqueKeysWithValues: requirements.map { ($0, []) })
        // A check that only ever gives up has not been seen to find anything.
        for row in rows {
            for (id, verdict) in row.killedBy where verdict == Verdict.violated.rawValue {
                armed[id, default: []].append(row.mutant)
            }
        }
    }

    var unarmed: [String] { armed.filter { $0.value.isEmpty }.keys.sorted() }

    var exitCode: Int32 {
        if rows.contains(where: { $0.fate == "survived" }) { return ConformanceEngine.ExitCode.violated }
        if rows.contains(where: { $0.fate == "void" }) { return ConformanceEngine.ExitCode.harness }
        return unarmed.isEmpty ? ConformanceEngine.ExitCode.conformant : ConformanceEngine.ExitCode.inconclusive
    }

    var table: String {
        let lines = rows.map { row in
            let by = row.killedBy.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            return [row.mutant, row.fate, row.why ?? by]
        }
        let killed = rows.count { $0.fate == "killed" }
        let impossible = rows.count { $0.fate == "impossible" }
        let note = impossible == 0 ? "" : " (\(impossible) more are impossible here)"
        let arms = armed.sorted { $0.key < $1.key }.map { id, mutants in
            [id, mutants.isEmpty ? "UNARMED" : "armed", mutants.joined(separator: ", ")]
        }
        return """
            \(TextTable.render(header: ["MUTANT", "FATE", "NOTICED BY"], rows: lines))

            \(TextTable.render(header: ["CHECK", "", "MUTANTS"], rows: arms))

            \(killed) of \(rows.count - impossible) mutants killed\(note), \(armed.count - unarmed.count) of \(armed.count) checks armed
            """
    }
}
