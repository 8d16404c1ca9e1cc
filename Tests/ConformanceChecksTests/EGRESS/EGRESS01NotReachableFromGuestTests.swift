// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct EGRESS01NotReachableFromGuestTests {
    private let check = EGRESS01NotReachableFromGuest()
    @Test func silenceOfADeadDaemonProvesNothing() {
        let judgement = SimulatedWorld(faults: [.egressoff]).judge(check)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.findings.contains { $0.text.contains("egress is not running") })
    }

    @Test func aListenerBeyondLoopbackIsAViolation() {
        for listener in ["tcp 0.0.0.0:9099", "tcp [::]:9099", "tcp6 :::9099", "tcp 10.77.3.2:9099"] {
            var evidence = SimulatedWorld().evidence(for: check)
            evidence.sessions[.bottle]?.description?.bundleListeners = ["tcp 127.0.0.1:9099", listener]
            #expect(check.judge(evidence).verdict == .violated, "\(listener)")
        }
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.description?.bundleListeners = ["tcp 127.0.0.1:9099", "tcp [::1]:9099"]
        #expect(check.judge(evidence).verdict == .pass)
    }

    @Test func aLogThatEndsBeforeTheAttemptsProvesNothing() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let last = try #require(evidence[.bottle]?.probes["egress-alive-after"]).step
        #expect(last.phase == .after)
        evidence.sessions[.bottle]?.logs.removeAll { $0.nonce == last.nonce.text }
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.hasPrefix("egress's log does not show"))
    }

    @Test func theLogAloneIsProofEnough() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes["egress"]).step.nonce.text
        evidence.sessions[.bottle]?.logs.append(
            LogRecord(
                daemon: "egress", time: "2026-11-21T10:00:00Z", event: "request", client: "10.77.3.3:1", target: "/x",
                nonce: nonce))
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.hasSuffix("egress logged its nonce from 10.77.3.3:1"))
    }
}
