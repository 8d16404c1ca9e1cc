// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

struct ConclusionTests {
    private func sentence(
        _ verdicts: [Verdict], levels: [Level] = [], role: Subject.Role = .real, chosen: Bool = true,
        partial: Bool = false, signal: Int32? = nil, harness: Bool = false
    ) -> String {
        let requirements = verdicts.indices.map {
            StubCheck("T-0\($0)", level: levels.indices.contains($0) ? levels[$0] : .must).requirement
        }
        let results = zip(requirements, verdicts).map {
            CheckResult(requirement: $0.id, judgement: Judgement($1, ""), seconds: 0, evidence: nil)
        }
        let started = RunStarted(
            tool: "t", time: "", subject: Subject(backend: "b", role: role, chosen: chosen, facts: [:]),
            profile: "gate@1", requirements: requirements, partial: partial)
        let code = ExitCode.of(
            results, levels: Dictionary(uniqueKeysWithValues: requirements.map { ($0.id, $0.level) }), role: role,
            harnessFailed: harness, signal: signal)
        let ended = RunEnded(
            exitCode: code, interrupted: signal != nil, seconds: 1, launchToFirstExec: nil, signal: signal)
        return Conclusion.sentence(started: started, results: results, ended: ended)
    }

    @Test
    func sentences() {
        #expect(sentence([.pass, .pass]) == "conformant with gate@1: 2 of 2")
        #expect(sentence([.pass, .waived]) == "conformant with gate@1 with 1 waiver: 1 of 2")
        #expect(
            sentence([.violated, .pass, .violated]) == "NOT conformant with gate@1: 2 violated (T-00, T-02)")
        #expect(sentence([.pass], partial: true) == "partial: not a conformance statement (1 of 1 passed)")
        #expect(
            sentence([.pass], chosen: false)
                == "conformant with gate@1: 1 of 1; this was the reference bottle, not yours")
        #expect(sentence([.pass, .inconclusive]) == "no statement: 1 of 2 could not be judged (T-01)")
        #expect(sentence([.notApplicable]) == "no statement: nothing was verified")
        #expect(sentence([.pass], harness: true) == "no statement: driver or harness failed; 1 of 1 passed")
        #expect(sentence([.pass], signal: 15) == "not finished: interrupted by SIGTERM")
        #expect(sentence([.violated], signal: 2) == "not finished: interrupted by SIGINT; violated before that: T-00")
        #expect(
            sentence([.pass, .violated], levels: [.must, .should])
                == "conformant with gate@1: 1 of 2, with 1 of lower level violated (T-01)")
    }

    @Test(arguments: [Subject.Role.mutant, .replay], [Verdict.pass, .violated, .inconclusive])
    func mutantsAndReplaysNeverSayConformant(role: Subject.Role, verdict: Verdict) {
        let text = sentence([verdict], role: role)
        #expect(!text.contains("conformant"))
        #expect(text.hasPrefix(role.rawValue))
    }
}
