// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY02AllowedHostWorksTests {
    private let check = PROXY02AllowedHostWorks()
    @Test func anotherProxysWorkIsNotPipelocks() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes["get"]).step.nonce.text
        evidence.sessions[.bottle]?.logs.removeAll { $0.nonce == nonce }
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func seenTwiceOrChangedOnTheWayIsAViolation() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let record = try #require(evidence[.bottle]?.witness.first)
        evidence.sessions[.bottle]?.witness.append(
            WitnessRecord(
                canary: record.canary, time: 9, peer: record.peer, nonces: record.nonces, bytes: record.bytes))
        #expect(check.judge(evidence).verdict == .violated)

        evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.probes["get"]?.observation?.received[0].append(0x21)
        #expect(check.judge(evidence).verdict == .violated)
    }

    @Test func deadDaemonsAreAnothersViolation() {
        for fault in [Fault.noproxy, .tcpsink] {
            #expect(SimulatedWorld(faults: [fault]).judge(check).verdict == .inconclusive)
        }
        #expect(SimulatedWorld(faults: [.denyall]).judge(check).verdict == .violated)
    }

    @Test func aGuestThatCannotVerifyIsAViolation() {
        let judgement = SimulatedWorld(faults: [.noca]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("the certificate is not trusted"), "\(judgement.summary)")
    }

    @Test func aPageThatIsChangedInATunnelIsAViolation() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.probes["connect"]?.observation?.received[1].append(0x21)
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("by CONNECT and TLS"))
    }

    /// What the far side was asked in plain, or for somebody else, is no TLS from end to end.
    @Test(arguments: [nil, "", "other.test"]) func bothEndsHaveToSpeakTLS(name: String?) throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = try #require(evidence[.bottle]?.probes["connect"]).step.nonce.text
        let index = try #require(evidence[.bottle]?.witness.firstIndex { $0.nonces.contains(nonce) })
        evidence.sessions[.bottle]?.witness[index].serverName = name
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("was not asked over TLS for itself"))
    }

    @Test func aHandshakeThatNobodyKnowsOfProvesNothing() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.probes["connect"]?.observation?.facts["tls"] = nil
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func aVisitByTheGuestItselfIsAViolation() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let own = try #require(evidence[.bottle])
        let guest = try #require(own.plan?.addresses.guest)
        evidence.sessions[.bottle]?.witness = own.witness.map {
            WitnessRecord(canary: $0.canary, time: $0.time, peer: "\(guest):1", nonces: $0.nonces, bytes: $0.bytes)
        }
        #expect(check.judge(evidence).verdict == .violated)
    }
}
