// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct EGRESS03TokenInjectedTests {
    private let check = EGRESS03TokenInjected()
    private func judge(_ key: String, head: String) throws -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes[key]).step.nonce.text
        for (index, record) in (evidence[.bottle]?.witness ?? []).enumerated() where record.nonces == [nonce] {
            evidence.sessions[.bottle]?.witness[index].bytes = Array(head.utf8)
        }
        return check.judge(evidence)
    }

    @Test(arguments: ["routed", "routed-tls"]) func onlyTheTokenAndOnlyOnce(key: String) throws {
        let token = "Authorization: Bearer \(SimulatedBottle.token)\r\n"
        #expect(try judge(key, head: "GET / HTTP/1.1\r\n\(token)\r\n").verdict == .pass)
        #expect(try judge(key, head: "GET / HTTP/1.1\r\n\(token)\(token)\r\n").verdict == .violated)
        #expect(try judge(key, head: "GET / HTTP/1.1\r\n\(token)X: egress-placeholder\r\n\r\n").verdict == .violated)
        #expect(try judge(key, head: "GET / HTTP/1.1\r\n\r\n").verdict == .violated)
        let elsewhere = "Proxy-Authorization: Bearer \(SimulatedBottle.token)\r\n"
        #expect(try judge(key, head: "GET / HTTP/1.1\r\n\(token)\(elsewhere)\r\n").verdict == .violated)
        #expect(try judge(key, head: "GET / HTTP/1.1\r\nauthorization: Bearer other\r\n\r\n").verdict == .violated)
    }

    @Test(arguments: ["routed", "routed-tls"]) func aRequestThatArrivesTwiceCarriesTheTokenTwice(key: String) throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes[key]).step.nonce.text
        var again = try #require(evidence[.bottle]?.witness.first { $0.nonces == [nonce] })
        again.time += 1
        evidence.sessions[.bottle]?.witness.append(again)
        #expect(check.judge(evidence).verdict == .violated)
    }

    @Test(arguments: ["unrouted", "unrouted-tls"]) func theTokenIsForTheRoutedHostAlone(key: String) throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes[key]).step.nonce.text
        for (index, record) in (evidence[.bottle]?.witness ?? []).enumerated() where record.nonces == [nonce] {
            evidence.sessions[.bottle]?.witness[index].bytes += Array("X: \(SimulatedBottle.token)".utf8)
        }
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(!judgement.summary.contains(SimulatedBottle.token), "a token is not repeated in a report's text")
    }

    @Test(arguments: ["unrouted", "unrouted-tls"]) func anUnroutedHostThatIsNotReachedProvesNothing(key: String) throws
    {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes[key]).step.nonce.text
        evidence.sessions[.bottle]?.witness.removeAll { $0.nonces == [nonce] }
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func aTunnelThatIsNotInjectedIsAViolation() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes["routed-tls"]).step.nonce.text
        evidence.sessions[.bottle]?.witness.removeAll { $0.nonces == [nonce] }
        evidence.sessions[.bottle]?.probes["routed-tls"]?.observation = Observation(
            stage: .receive, errno: "EPROTO", facts: ["tls.failure": "the handshake failed"])
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("over TLS did not arrive"))
    }

    @Test func aDeadEgressIsAnothersViolation() {
        #expect(SimulatedWorld(faults: [.egressoff]).judge(check).verdict == .inconclusive)
    }
}
