// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY01PipelockAnswersTests {
    private let check = PROXY01PipelockAnswers()
    private func judge(_ change: (inout SessionEvidence) -> Void) -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        if var own = evidence[.bottle] {
            change(&own)
            evidence.sessions[.bottle] = own
        }
        return check.judge(evidence)
    }

    @Test func aRequestOfTheBundleItselfIsNotTheGuests() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes["health"]).step.nonce.text
        let bundle = try #require(evidence[.bottle]?.plan?.addresses.bundle)
        for (index, line) in (evidence[.bottle]?.logs ?? []).enumerated() where line.nonce == nonce {
            evidence.sessions[.bottle]?.logs[index].client = "\(bundle):40000"
        }
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func anotherServersAnswerIsNotPipelocks() {
        for text in [
            "HTTP/1.1 200 OK\r\n\r\n{\"status\":\"healthy\"}", "HTTP/1.1 403 No\r\nX-Pipelock-Service: x\r\n\r\n",
        ] {
            let verdict = judge {
                $0.probes["health"]?.observation = Observation(stage: .done, received: [Array(text.utf8)])
            }.verdict
            #expect(verdict == .violated)
        }
    }

    @Test func aTimeoutIsAViolationOnlyIfTheBundleAnswersItself() {
        let timeout = Observation(stage: .connect, errno: "ETIMEDOUT", elapsedMilliseconds: 2000)
        #expect(judge { $0.probes["health"]?.observation = timeout }.verdict == .violated)
        let both = judge {
            $0.probes["health"]?.observation = timeout
            $0.probes["inside"]?.observation = timeout
        }
        #expect(both.verdict == .inconclusive)
    }

    @Test func theLogMustShowTheGuest() {
        #expect(judge { $0.logs = [] }.verdict == .inconclusive)
        let loopback = judge { own in
            own.logs = own.logs.map { line in
                LogRecord(
                    daemon: line.daemon, time: line.time, event: line.event, client: "127.0.0.1:1", target: line.target,
                    nonce: line.nonce)
            }
        }
        #expect(loopback.verdict == .inconclusive)
    }

    @Test func aClosedPortThatAnswersMakesTheAnswerWorthless() {
        let judgement = judge { own in
            let answered = own.probes["health"]?.observation
            own.probes["closed"]?.observation = answered
        }
        #expect(judgement.verdict == .inconclusive)
    }
}
