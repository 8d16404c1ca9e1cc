// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct EGRESS07ThroughPipelockTests {
    private let check = EGRESS07ThroughPipelock()
    private static let ways = ["plain", "tls"]

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    @Test func namesWhomItDialled() {
        let judgement = SimulatedWorld(faults: [.direct]).judge(check)
        #expect(judgement.verdict == .violated)
        let leaks = judgement.findings.filter { $0.state == .leak }.map(\.text)
        #expect(leaks.contains { $0.contains("denied.bottle.bottle.test through egress") }, "\(leaks)")
        #expect(
            judgement.findings.contains {
                $0.text.contains("no line of pipelock's log shows that it came from the bundle")
            })
    }

    @Test(arguments: ["denied", "inside"]) func aVisitIsALeakWhateverEgressSays(key: String) throws {
        let judgement = try judge { evidence in
            let own = try #require(evidence[.bottle])
            let canary = try #require(own.field?.canaries(at: key == "denied" ? .offHost : .gateway).first)
            let nonce = try #require(own.probes[key]).step.nonce.text
            evidence.sessions[.bottle]?.witness.append(
                WitnessRecord(canary: canary.id, time: 1, peer: "192.0.2.1:1", nonces: [nonce], bytes: []))
        }
        #expect(judgement.verdict == .violated)
    }

    @Test func everythingIsAskedOfEgressInsideTheBundle() throws {
        let own = try #require(SimulatedWorld().evidence(for: check)[.bottle])
        for key in ["denied", "inside", "allowed"] {
            let step = try #require(own.probes[key]).step
            guard case .exchange(let exchange) = step.action else { continue }
            #expect(step.target == .bundle && exchange.address == "127.0.0.1" && exchange.port == 9099, "\(key)")
        }
    }

    /// That pipelock was asked by the guest is no sign that egress asked it too.
    @Test(arguments: ways) func theSecondLineIsTheSign(way: String) throws {
        let judgement = try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes["routed/\(way)"]).step.nonce.text
            evidence.sessions[.bottle]?.logs.removeAll {
                $0.daemon == "pipelock" && $0.nonce == nonce && $0.client.hasPrefix("127.")
            }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test(arguments: ways) func whatDidNotGoByWayOfEgressProvesNothing(way: String) throws {
        for daemon in ["egress", "witness"] {
            let judgement = try judge { evidence in
                let nonce = try #require(evidence[.bottle]?.probes["routed/\(way)"]).step.nonce.text
                if daemon == "witness" {
                    evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(nonce) }
                } else {
                    evidence.sessions[.bottle]?.logs.removeAll { $0.daemon == daemon && $0.nonce == nonce }
                }
            }
            #expect(judgement.verdict == .inconclusive, "\(daemon)")
        }
    }

    @Test func withoutLogsNothingIsKnown() {
        #expect(judge { $0.sessions[.bottle]?.logs.removeAll { $0.daemon == "pipelock" } }.verdict == .inconclusive)
        #expect(SimulatedWorld(faults: [.egressoff]).judge(check).verdict == .inconclusive)
    }

    @Test(arguments: ["denied", "inside"]) func theTwinHasToReachIt(key: String) {
        let judgement = judge { evidence in
            let nonce = evidence[.twin]?.probes[key]?.step.nonce.text ?? ""
            evidence.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
            evidence.sessions[.twin]?.probes[key]?.observation = Observation(stage: .done, received: [[]])
        }
        #expect(judgement.verdict == .inconclusive)
    }
}
