// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROV01PromptLandsTests {
    private let check = PROV01PromptLands()
    private func judge(_ session: Session = .bottle, _ change: (inout Observation) -> Void) -> Verdict {
        var evidence = SimulatedWorld().evidence(for: check)
        if var observation = evidence[session]?.probes["prompt"]?.observation {
            change(&observation)
            evidence.sessions[session]?.probes["prompt"]?.observation = observation
        }
        return check.judge(evidence).verdict
    }

    @Test func everyPropertyOfTheFileCounts() {
        #expect(judge { $0.facts["mode"] = "0644" } == .violated)
        #expect(judge { $0.facts["uid"] = "0" } == .violated)
        #expect(judge { $0.facts["type"] = "symlink" } == .violated)
        #expect(judge { $0.facts["sha256"] = SHA256.hex([]) } == .violated)
        #expect(judge { $0.facts["mode"] = nil } == .inconclusive)
        #expect(judge { $0.errno = "EACCES" } == .violated)
        #expect(judge { $0.errno = "EIO" } == .inconclusive)
    }

    @Test func theSecondBottleHasItsOwn() {
        let stale = SHA256.hex(Array("prompt of bottle".utf8))
        #expect(judge(.variant) { $0.facts["sha256"] = stale } == .violated)
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.variant]?.plan?.prompt = "prompt of bottle"
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func aProbeThatFindsEverythingProvesNothing() {
        var evidence = SimulatedWorld().evidence(for: check)
        let found = evidence[.bottle]?.probes["prompt"]?.observation
        evidence.sessions[.bottle]?.probes["wrong"]?.observation = found
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
