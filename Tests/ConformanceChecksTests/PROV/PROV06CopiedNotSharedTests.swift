// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROV06CopiedNotSharedTests {
    private let check = PROV06CopiedNotShared()

    private func judge(_ change: (inout Evidence) -> Void) -> Verdict {
        var evidence = SimulatedWorld().evidence(for: check)
        change(&evidence)
        return check.judge(evidence).verdict
    }

    @Test func whatChangesOutsideIsShared() {
        #expect(judge { $0.sessions[.bottle]?.sources?.after = "changed" } == .violated)
        #expect(judge { $0.sessions[.variant]?.probes["copy"]?.observation?.facts["digest"] = "changed" } == .violated)
    }

    @Test func withoutAnEditNothingCouldHaveSpread() {
        #expect(judge { $0.sessions[.bottle]?.probes["edit"]?.observation?.errno = "EROFS" } == .inconclusive)
        #expect(judge { $0.sessions[.bottle]?.probes["edited"]?.observation?.facts["sha256"] = "old" } == .inconclusive)
        #expect(
            judge { evidence in
                let before = evidence[.bottle]?.sources?.before
                evidence.sessions[.bottle]?.probes["copy"]?.observation?.facts["digest"] = before
            } == .inconclusive)
    }
}
