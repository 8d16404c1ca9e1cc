// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct DNS01NoQueryLeavesTests {
    private let check = DNS01NoQueryLeaves()
    @Test func allTypesAndStrangersAreAsked() {
        let keys = SimulatedWorld().evidence(for: check)[.bottle]?.probes.keys.map { $0 } ?? []
        for type in ["A", "AAAA", "TXT", "NULL", "PTR", "ANY"] {
            #expect(keys.contains { $0.hasPrefix("name-server/udp/53") && $0.hasSuffix("/\(type)") })
            #expect(keys.contains("gateway/udp/53/\(type)"))
        }
        for stranger in ["127.0.0.11", "127.0.0.53", "203.0.113.99", "bundle"] {
            #expect(keys.contains("\(stranger)/udp/53/A") && keys.contains("\(stranger)/tcp/53/A"))
        }
    }

    @Test func aLocalAnswerIsNoLeak() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.probes["127.0.0.11/udp/53/A"]?.observation = Observation(
            stage: .done, received: [[0, 0, 0x81, 5]])
        #expect(check.judge(evidence).verdict == .pass)
    }

    @Test func aForwardedQueryIsALeakWhoeverForwardedIt() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let own = try #require(evidence[.bottle])
        let nonce = try #require(own.probes["gateway/udp/53/TXT"]).step.nonce.text
        let server = try #require(own.field?.canaries(at: .nameServer, .dnsUDP).first)
        // On record for the twin only, as a canary that the sessions share may be.
        evidence.sessions[.twin]?.witness.append(
            WitnessRecord(canary: server.id, time: 5, peer: "198.51.100.1:5353", nonces: [nonce], bytes: []))
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("with a TXT query over UDP to 10.77."))
    }

    @Test func theBundlesOwnQueriesAreNobodysLeak() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let server = try #require(evidence[.bottle]?.field?.canaries(at: .nameServer, .dnsUDP).first)
        evidence.sessions[.bottle]?.witness.append(
            WitnessRecord(canary: server.id, time: 5, peer: "192.0.2.1:5353", nonces: [], bytes: []))
        #expect(check.judge(evidence).verdict == .pass)
    }
}
