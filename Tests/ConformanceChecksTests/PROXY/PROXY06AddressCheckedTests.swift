// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY06AddressCheckedTests {
    private let check = PROXY06AddressChecked()
    private static let redirects = ["302", "307", "308"].flatMap { status in
        ["denied", "inside"].map { "redirect/\(status)/\($0)" }
    }

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    private func inside(_ evidence: Evidence) throws -> Canary {
        try #require(evidence[.bottle]?.field?.canaries(at: .gateway, .banner).first)
    }

    @Test func manyTriesAndEveryKindOfName() throws {
        let keys = try #require(SimulatedWorld().evidence(for: check)[.bottle]).probes.keys
        #expect(keys.filter { $0.hasPrefix("get/flip/") }.count == 200)
        for shift in ["mixed", "reversed", "mapped"] {
            #expect(keys.contains("get/\(shift)") && keys.contains("connect/\(shift)"))
        }
        #expect(keys.filter { $0.hasPrefix("redirect/") }.sorted() == Self.redirects.sorted())
    }

    @Test func whatIsDialledElsewhereIsCounted() {
        let judgement = SimulatedWorld(faults: [.reresolve]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("under a name that leads outside and inside by turns"))
    }

    @Test func whoFollowsIsNamed() {
        let judgement = SimulatedWorld(faults: [.follow]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.findings.filter { $0.state == .leak && $0.text.contains("was followed by") }.count == 6)
    }

    @Test(arguments: ["get/flip/0", "get/flip/199", "get/mixed", "get/reversed", "get/mapped"])
    func oneVisitIsEnough(key: String) throws {
        let judgement = try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes[key]).step.nonce.text
            let canary = try inside(evidence).id
            evidence.sessions[.bottle]?.witness.append(
                WitnessRecord(
                    canary: canary, time: 1, peer: "192.0.2.1:1", nonces: [nonce], bytes: []))
        }
        #expect(judgement.verdict == .violated)
    }

    /// The first words of TLS carry no nonce, and name the host.
    @Test func aTunnelThatEndsInsideIsKnownByItsName() throws {
        let judgement = try judge { evidence in
            let host = try #require(evidence[.bottle]?.field?.shiftingHosts[.reversed])
            let canary = try inside(evidence).id
            evidence.sessions[.bottle]?.witness.append(
                WitnessRecord(
                    canary: canary, time: 1, peer: "10.0.0.1:1", nonces: [],
                    bytes: [22, 3, 1] + Array(host.utf8)))
        }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("leads inside and outside at once"))
    }

    @Test(arguments: redirects) func aRedirectThatDidNotComeProvesNothing(key: String) {
        let other = Observation(stage: .done, received: [Array("HTTP/1.1 200 OK\r\n\r\n".utf8)])
        #expect(judge { $0.sessions[.bottle]?.probes[key]?.observation = other }.verdict == .inconclusive)
    }

    @Test func aNameThatNeverLeadsOutsideProvesNothing() {
        let judgement = judge { evidence in
            let nonces = Set(
                evidence[.bottle]?.probes.filter { $0.key.hasPrefix("get/flip") }.map(\.value.step.nonce.text) ?? [])
            evidence.sessions[.bottle]?.witness.removeAll { !nonces.isDisjoint(with: $0.nonces) }
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("never fetched"))
    }

    @Test func aNameThatNeverChangesItsMindProvesNothing() throws {
        let judgement = try judge { evidence in
            let field = try #require(evidence[.bottle]?.field)
            let page = Observation(stage: .done, received: [Array("HTTP/1.1 200 OK\r\n\r\n\(field.banner)".utf8)])
            for key in evidence[.bottle]?.probes.keys.filter({ $0.hasPrefix("get/flip") }) ?? [] {
                evidence.sessions[.bottle]?.probes[key]?.observation = page
            }
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("led outside every time"), "\(judgement.summary)")
    }

    @Test func theTwinHasToGetInside() {
        let judgement = judge { evidence in
            let nonce = evidence[.twin]?.probes["inside"]?.step.nonce.text ?? ""
            evidence.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func bothSidesHaveToBeThereAndWatched() throws {
        #expect(judge { $0.sessions[.bottle]?.field?.shiftingHosts[.mapped] = nil }.verdict == .inconclusive)
        #expect(
            judge { $0.sessions[.bottle]?.field?.canaries.removeAll { $0.place == .gateway } }.verdict == .inconclusive)
        let unfenced = try judge { evidence in
            let own = try inside(evidence).id
            evidence.sessions[.bottle]?.unfenced.append(own)
        }
        #expect(unfenced.verdict == .inconclusive)
        let unanswered = try judge { evidence in
            let own = try inside(evidence).id
            for index in evidence[.bottle]?.controls.indices ?? 0..<0
            where evidence[.bottle]?.controls[index].canary == own {
                evidence.sessions[.bottle]?.controls[index].answered = false
            }
        }
        #expect(unanswered.verdict == .inconclusive)
    }
}
