// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct EGRESS03TokenInjectedTests {
    private let check = EGRESS03TokenInjected()
    private func judge(head: String) throws -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes["routed"]).step.nonce.text
        for (index, record) in (evidence[.bottle]?.witness ?? []).enumerated() where record.nonces == [nonce] {
            evidence.sessions[.bottle]?.witness[index].bytes = Array(head.utf8)
        }
        return check.judge(evidence)
    }

    @Test func onlyTheTokenAndOnlyOnce() throws {
        let token = "Authorization: Bearer \(SimulatedBottle.token)\r\n"
        #expect(try judge(head: "GET / HTTP/1.1\r\n\(token)\r\n").verdict == .pass)
        #expect(try judge(head: "GET / HTTP/1.1\r\n\(token)\(token)\r\n").verdict == .violated)
        #expect(try judge(head: "GET / HTTP/1.1\r\n\(token)X: egress-placeholder\r\n\r\n").verdict == .violated)
        #expect(try judge(head: "GET / HTTP/1.1\r\n\r\n").verdict == .violated)
        let elsewhere = "Proxy-Authorization: Bearer \(SimulatedBottle.token)\r\n"
        #expect(try judge(head: "GET / HTTP/1.1\r\n\(token)\(elsewhere)\r\n").verdict == .violated)
        #expect(try judge(head: "GET / HTTP/1.1\r\nauthorization: Bearer other\r\n\r\n").verdict == .violated)
    }

    @Test func aRequestThatArrivesTwiceCarriesTheTokenTwice() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes["routed"]).step.nonce.text
        var again = try #require(evidence[.bottle]?.witness.first { $0.nonces == [nonce] })
        again.time += 1
        evidence.sessions[.bottle]?.witness.append(again)
        #expect(check.judge(evidence).verdict == .violated)
    }

    @Test func theTokenIsForTheRoutedHostAlone() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes["unrouted"]).step.nonce.text
        for (index, record) in (evidence[.bottle]?.witness ?? []).enumerated() where record.nonces == [nonce] {
            evidence.sessions[.bottle]?.witness[index].bytes += Array("X: \(SimulatedBottle.token)".utf8)
        }
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(!judgement.summary.contains(SimulatedBottle.token), "a token is not repeated in a report's text")
    }

    @Test func aDeadEgressIsAnothersViolation() {
        #expect(SimulatedWorld(faults: [.egressoff]).judge(check).verdict == .inconclusive)
    }
}
