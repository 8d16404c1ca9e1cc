// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The one sentence a run ends with.
public enum Conclusion {
    /// Says what was proved, and about what; a pure function of the run's events.
    public static func sentence(started: RunStarted, results: [CheckResult], ended: RunEnded) -> String {
        let sentence = statement(started: started, results: results, ended: ended)
        guard started.subject.chosen else { return "\(sentence); this was the reference bottle, not yours" }
        return sentence
    }

    private static func statement(started: RunStarted, results: [CheckResult], ended: RunEnded) -> String {
        let total = started.requirements.count
        let levels = Dictionary(started.requirements.map { ($0.id, $0.level) }, uniquingKeysWith: { first, _ in first })
        func ids(_ verdict: Verdict) -> [String] {
            results.filter { $0.judgement.verdict == verdict }.map(\.requirement)
        }
        let passed = ids(.pass).count
        let fallen = ids(.violated)

        if ended.interrupted {
            let how = ended.signal.map { "interrupted by \(Interruption.name(of: $0))" } ?? "cancelled"
            let known = fallen.isEmpty ? "" : "; violated before that: \(listed(fallen))"
            return "not finished: \(how)\(known)"
        }
        switch started.subject.role {
        case .mutant, .replay:
            // Such a run says nothing about a sandbox, so neither word of the verdict may stand in it.
            let what = fallen.isEmpty ? "nothing fell" : "\(fallen.count) fell (\(listed(fallen)))"
            return "\(started.subject.role.rawValue) run: \(what) of \(total); no statement about a sandbox"
        case .real, .lab, .reference: break
        }
        switch ended.exitCode {
        case ExitCode.conformant:
            let weak = fallen.isEmpty ? "" : ", with \(fallen.count) of lower level violated (\(listed(fallen)))"
            let waived = ids(.waived)
            if started.partial { return "partial: not a conformance statement (\(passed) of \(total) passed\(weak))" }
            let waivers = waived.isEmpty ? "" : " with \(waived.count) \(waived.count == 1 ? "waiver" : "waivers")"
            return "conformant with \(started.profile)\(waivers): \(passed) of \(total)\(weak)"
        case ExitCode.violated:
            let partial = started.partial ? " (partial run)" : ""
            return "NOT conformant with \(started.profile): \(fallen.count) violated (\(listed(fallen)))\(partial)"
        case ExitCode.harness:
            return "no statement: driver or harness failed; \(passed) of \(total) passed"
        case ExitCode.inconclusive:
            let open = ids(.inconclusive).filter { (levels[$0] ?? .must) == .must }
            return "no statement: \(open.count) of \(total) could not be judged (\(listed(open)))"
        case ExitCode.staleWaiver:
            return "no statement: a waiver is stale or expired; \(passed) of \(total) passed"
        default:
            return "no statement: nothing was verified"
        }
    }

    private static func listed(_ ids: [String]) -> String {
        let shown = ids.prefix(5).joined(separator: ", ")
        return ids.count > 5 ? "\(shown) and \(ids.count - 5) more" : shown
    }
}
