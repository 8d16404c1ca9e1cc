// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY09EachRequestJudgedTests {
    private let check = PROXY09EachRequestJudged()
    private static let sound = ["pipelined", "kept", "tunnel"]
    private static let unsound = ["length-and-chunks", "two-lengths", "odd-encoding", "list-encoding"]

    /// The nonce of the first request and that of the second one, which is the step's own.
    private func nonces(_ key: String, _ evidence: Evidence) throws -> (first: String, second: String) {
        let step = try #require(evidence[.bottle]?.probes[key]).step
        guard case .exchange(let exchange) = step.action else { throw BottleError(.internalFault, "no exchange") }
        let sent = NonceScan.runs(in: exchange.turns.flatMap(\.send))
        return (try #require(sent.first { $0 != step.nonce.text }), step.nonce.text)
    }

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    private func record(_ evidence: Evidence, _ nonces: [String]) throws -> WitnessRecord {
        let canary = try #require(evidence[.bottle]?.field?.canaries(at: .offHost, .http).first { $0.port == 80 })
        return WitnessRecord(canary: canary.id, time: 1, peer: "192.0.2.1:1", nonces: nonces, bytes: [])
    }

    @Test func namesTheWay() {
        let judgement = SimulatedWorld(faults: [.firstonly]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("in the same tunnel over TLS"))
    }

    @Test(arguments: sound + unsound) func aSecondRequestThatArrivesIsALeak(key: String) throws {
        let judgement = try judge { evidence in
            let visit = try record(evidence, [try nonces(key, evidence).second])
            evidence.sessions[.bottle]?.witness.append(visit)
        }
        #expect(judgement.verdict == .violated)
    }

    /// Where framing is unsound, the second request may be the body of the first, unless somebody answers to it.
    @Test(arguments: unsound) func asABodyItIsBytes(key: String) throws {
        for (isAnswered, verdict) in [(false, Verdict.pass), (true, .violated)] {
            let judgement = try judge { evidence in
                let (first, second) = try nonces(key, evidence)
                let visit = try record(evidence, [first, second])
                evidence.sessions[.bottle]?.witness.append(visit)
                guard isAnswered else { return }
                evidence.sessions[.bottle]?.probes[key]?.observation?.received.append(Array("path: /\(second)\n".utf8))
            }
            #expect(judgement.verdict == verdict)
        }
    }

    @Test(arguments: sound) func whereFramingIsSoundTheFirstOneHasToArrive(key: String) throws {
        let judgement = try judge { evidence in
            let first = try nonces(key, evidence).first
            evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(first) }
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.findings.contains { $0.state == .missing && $0.text.contains("did not arrive either") })
    }

    @Test func theFirstRequestIsNoStranger() {
        #expect(check.judge(SimulatedWorld().translatedEvidence(for: check)).verdict == .pass)
    }

    @Test(arguments: sound + unsound) func aTimeoutProvesNothing(key: String) {
        let judgement = judge {
            $0.sessions[.bottle]?.probes[key]?.observation = Observation(stage: .receive, errno: "ETIMEDOUT")
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func theTwinHasToCarryTheSecondOneInATunnel() {
        let judgement = judge { evidence in
            let nonce = evidence[.twin]?.probes["tunnel"]?.step.nonce.text ?? ""
            evidence.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func serversThatWereNotAliveProveNothing() throws {
        for port: UInt16 in [80, 443] {
            let judgement = try judge { evidence in
                let canary = try #require(
                    evidence[.bottle]?.field?.canaries(at: .offHost, .http).first { $0.port == port })
                evidence.sessions[.bottle]?.unfenced.append(canary.id)
            }
            #expect(judgement.verdict == .inconclusive)
        }
    }
}
