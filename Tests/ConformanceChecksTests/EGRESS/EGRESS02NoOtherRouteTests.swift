// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct EGRESS02NoOtherRouteTests {
    private let check = EGRESS02NoOtherRoute()
    @Test func everySpellingIsTriedInBothForms() {
        let keys = SimulatedWorld().evidence(for: check)[.bottle]?.probes.keys.map { $0 } ?? []
        #expect(keys.filter { $0.hasPrefix("connect/") }.count == 9)
        #expect(keys.filter { $0.hasPrefix("get/") }.count == 9)
    }

    @Test func namesTheSpelling() {
        let judgement = SimulatedWorld(faults: [.nossrf]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("egress through pipelock by CONNECT 127.0.0.1:9099"))
    }

    @Test func aStrangerInEgresssLogIsALeak() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.logs.append(
            LogRecord(
                daemon: "egress", time: "2026-11-21T10:00:00Z", event: "request", client: "127.0.0.1:9",
                target: "/other"))
        #expect(check.judge(evidence).verdict == .violated)
    }

    @Test func routedTrafficMustGoThroughEgress() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes["routed"]).step.nonce.text
        evidence.sessions[.bottle]?.logs.removeAll { $0.nonce == nonce }
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
