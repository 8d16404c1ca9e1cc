// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROV04SkillsLandTests {
    private let check = PROV04SkillsLand()

    private func judge(
        _ key: String, in session: Session = .bottle, _ change: (inout Observation) -> Void
    ) -> Verdict {
        var evidence = SimulatedWorld().evidence(for: check)
        if var observation = evidence[session]?.probes[key]?.observation {
            change(&observation)
            evidence.sessions[session]?.probes[key]?.observation = observation
        }
        return check.judge(evidence).verdict
    }

    @Test func theWholeTreeCounts() {
        #expect(judge("skill") { $0.facts["digest"] = "0" } == .violated)
        #expect(judge("skill") { $0.facts["uids"] = "0 1000" } == .violated)
        #expect(judge("skill") { $0.facts["gids"] = "0" } == .violated)
        #expect(judge("skill") { $0.facts["uid"] = "0" } == .violated)
        #expect(judge("skill") { $0.errno = "ENOENT" } == .violated)
        #expect(judge("skill") { $0.errno = "EACCES" } == .violated)
        #expect(judge("skill") { $0.errno = "EOVERFLOW" } == .inconclusive)
        #expect(judge("skill") { $0.facts["digest"] = nil } == .inconclusive)
    }

    @Test func nothingElseLands() {
        #expect(judge("beside") { $0.facts["names"] = "\(SuiteSkill.named)/other/" } == .violated)
        #expect(judge("beside") { $0.facts["names"] = nil } == .inconclusive)
        #expect(judge("beside") { $0.errno = "EIO" } == .inconclusive)
        #expect(
            judge("beside", in: .twin) {
                $0.errno = nil
                $0.facts["names"] = "\(SuiteSkill.named)/"
            } == .violated)
    }

    @Test func withoutASourceNothingIsKnown() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.sources = nil
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
