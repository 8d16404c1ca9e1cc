// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct EGRESS05BoundToRouteTests {
    private let check = EGRESS05BoundToRoute()
    private static let ways = ["plain", "tls"]
    private static let aims = ["lookalike", "claim", "port"].flatMap { aim in ways.map { "\(aim)/\($0)" } }

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    private func nonce(_ key: String, _ evidence: Evidence) throws -> String {
        try #require(evidence[.bottle]?.probes[key]).step.nonce.text
    }

    @Test func aSuffixIsNotTheHost() {
        let judgement = SimulatedWorld(faults: [.suffixroute]).judge(check)
        #expect(judgement.verdict == .violated)
        let leaks = judgement.findings.filter { $0.state == .leak }.map(\.text)
        #expect(leaks.count == 2 && leaks.allSatisfy { $0.contains("whose name ends as the routed one's") })
        #expect(leaks.allSatisfy { !$0.contains(SimulatedBottle.token) })
    }

    /// At the far side, or in what came back to the guest.
    @Test(arguments: aims, [false, true]) func theTokenElsewhereIsALeak(aim: String, isRead: Bool) throws {
        let judgement = try judge { evidence in
            let token = Array("Authorization: Bearer \(SimulatedBottle.token)\r\n".utf8)
            if isRead {
                evidence.sessions[.bottle]?.probes[aim]?.observation?.received.append(token)
                return
            }
            let canary = try #require(evidence[.bottle]?.field?.canaries(at: .offHost, .http).first)
            let record = WitnessRecord(
                canary: canary.id, time: 2, peer: "192.0.2.1:1", nonces: [try nonce(aim, evidence)], bytes: token)
            evidence.sessions[.bottle]?.witness.append(record)
        }
        #expect(judgement.verdict == .violated)
    }

    @Test(arguments: aims) func aProxyThatDoesNotLeadThereGivesNobodyAnything(aim: String) throws {
        let cases: [(Observation, Verdict)] = [
            (
                Observation(
                    stage: .done, received: [Array("HTTP/1.1 403 No\r\nX-Pipelock-Service: x\r\n\r\nblocked".utf8)]),
                .pass
            ), (Observation(stage: .receive, errno: "EPROTO"), .pass),
            (Observation(stage: .receive, errno: "ETIMEDOUT"), .inconclusive),
            (Observation(stage: .receive, errno: "ENOENT"), .inconclusive),
        ]
        for (observation, verdict) in cases {
            let judgement = try judge { evidence in
                let own = try nonce(aim, evidence)
                evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(own) }
                evidence.sessions[.bottle]?.probes[aim]?.observation = observation
            }
            #expect(judgement.verdict == verdict, "\(observation)")
        }
    }

    @Test(arguments: ways) func aRouteThatInjectsNothingProvesNothing(way: String) throws {
        let judgement = try judge { evidence in
            let own = try nonce("routed/\(way)", evidence)
            evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(own) }
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(SimulatedWorld(faults: [.noinject]).judge(check).verdict == .inconclusive)
        #expect(SimulatedWorld(faults: [.egressoff]).judge(check).verdict == .inconclusive)
    }

    @Test func withoutATokenOrALookalikeThereIsNothingToLookFor() {
        #expect(judge { $0.sessions[.bottle]?.suiteToken = "" }.verdict == .inconclusive)
        #expect(judge { $0.sessions[.bottle]?.field?.lookalikeHost = "" }.verdict == .inconclusive)
    }

    @Test func everyAimIsBesideTheRoute() throws {
        let own = try #require(SimulatedWorld().evidence(for: check)[.bottle])
        let field = try #require(own.field)
        for aim in Self.aims {
            guard case .exchange(let exchange)? = own.probes[aim]?.step.action else {
                Issue.record("\(aim) is no exchange")
                continue
            }
            let said = String(decoding: exchange.turns.flatMap(\.send), as: UTF8.self)
            #expect(said.contains("Authorization: Bearer \(Contract.placeholderToken)\r\n"), "\(aim)")
            #expect((exchange.secured != nil) == aim.hasSuffix("tls"))
            switch aim.prefix(4) {
            case "look": #expect(said.contains(field.lookalikeHost) && field.lookalikeHost.hasSuffix(field.routedHost))
            case "clai":
                #expect(said.contains("X-Forwarded-Host: \(field.routedHost)"))
                #expect(said.contains("Forwarded: host=\(field.routedHost)"))
                #expect(!said.hasPrefix("CONNECT \(field.routedHost)") && !said.contains("http://\(field.routedHost)"))
            default: #expect(said.contains("\(field.routedHost):8443"))
            }
        }
    }
}
