// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct DNS04LabelsCarryNothingTests {
    private let check = DNS04LabelsCarryNothing()
    private static let keys = ["connect", "get"].flatMap { entry in
        ["secret", "hex", "split", "random"].map { "\(entry)/\($0)" }
    }

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    @Test func namesTheLabel() {
        let judgement = SimulatedWorld(faults: [.noentropy]).judge(check)
        #expect(judgement.verdict == .violated)
        let leaks = judgement.findings.filter { $0.state == .leak }.map(\.text)
        for words in ["in the form of a secret", "with a secret in hex", "in two labels", "that is random"] {
            #expect(leaks.contains { $0.contains(words) }, "\(words)")
        }
    }

    @Test(arguments: keys) func aQueryIsALeak(key: String) throws {
        let judgement = try judge { evidence in
            let server = try #require(evidence[.bottle]?.field?.canaries(at: .nameServer).first)
            let nonce = try #require(evidence[.bottle]?.probes[key]).step.nonce.text
            evidence.sessions[.bottle]?.witness.append(
                WitnessRecord(canary: server.id, time: 1, peer: "192.0.2.1:53", nonces: [nonce], bytes: []))
        }
        #expect(judgement.verdict == .violated)
    }

    /// That a name does not exist is no reason to have kept it in.
    @Test(arguments: keys) func onlyARefusalIsOne(key: String) {
        let unresolved =
            "HTTP/1.1 403 No\r\nX-Pipelock-Service: x\r\n\r\nblocked: SSRF check failed: DNS resolution error for x"
        for observation in [
            Observation(stage: .done, received: [Array(unresolved.utf8)]),
            Observation(stage: .receive, errno: "ECONNRESET"),
        ] {
            #expect(judge { $0.sessions[.bottle]?.probes[key]?.observation = observation }.verdict == .inconclusive)
        }
    }

    @Test func everyNameIsOneThatAResolverTakes() throws {
        let own = try #require(SimulatedWorld().evidence(for: check)[.bottle])
        let zone = try #require(own.field?.wildHost)
        for key in Self.keys + ["get/plain", "connect/plain"] {
            let step = try #require(own.probes[key]).step
            guard case .exchange(let exchange) = step.action else { continue }
            let said = String(decoding: exchange.turns.flatMap(\.send), as: UTF8.self)
            let name = try #require(
                said.split { " /:\r\n".contains($0) }.first { $0.hasSuffix(".\(step.nonce).\(zone)") })
            #expect(name.utf8.count <= 253 && name.split(separator: ".").allSatisfy { $0.utf8.count <= 63 }, "\(name)")
            // The nonce is all that anybody is known by.
            #expect(NonceScan.runs(in: name.utf8) == [step.nonce.text])
        }
    }

    @Test(arguments: ["connect", "get"]) func aZoneThatIsClosedAltogetherProvesNothing(entry: String) throws {
        let judgement = try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes["\(entry)/plain"]).step.nonce.text
            evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test(arguments: keys) func theTwinHasToAsk(key: String) {
        let judgement = judge { evidence in
            let nonce = evidence[.twin]?.probes[key]?.step.nonce.text ?? ""
            evidence.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func withoutANameServerNothingIsProven() {
        let judgement = judge { $0.sessions[.bottle]?.field?.canaries.removeAll { $0.place == .nameServer } }
        #expect(judgement.verdict == .inconclusive)
    }
}
