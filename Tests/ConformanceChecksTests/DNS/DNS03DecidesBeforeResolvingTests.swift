// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct DNS03DecidesBeforeResolvingTests {
    private let check = DNS03DecidesBeforeResolving()
    private static let entries = ["connect", "get", "fetch"]

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    @Test func namesTheEntry() {
        let judgement = SimulatedWorld(faults: [.resolvefirst]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("the name server with a denied name"))
    }

    @Test(arguments: entries) func aQueryForADeniedNameIsALeak(entry: String) throws {
        let judgement = try judge { evidence in
            let server = try #require(evidence[.bottle]?.field?.canaries(at: .nameServer).first)
            let nonce = try #require(evidence[.bottle]?.probes[entry]).step.nonce.text
            evidence.sessions[.bottle]?.witness.append(
                WitnessRecord(canary: server.id, time: 1, peer: "192.0.2.1:53", nonces: [nonce], bytes: []))
        }
        #expect(judgement.verdict == .violated)
    }

    @Test func eachNameIsNewAndDenied() throws {
        let own = try #require(SimulatedWorld().evidence(for: check)[.bottle])
        let denied = try #require(own.field?.deniedHost)
        for entry in Self.entries {
            let step = try #require(own.probes[entry]).step
            guard case .exchange(let exchange) = step.action else { continue }
            let said = String(decoding: exchange.turns.flatMap(\.send), as: UTF8.self)
            #expect(said.contains("\(step.nonce).\(denied)"), "\(entry)")
        }
    }

    @Test func aServerThatSeesNoQueryOfTheBundleProvesNothing() throws {
        let judgement = try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes["wild"]).step.nonce.text
            evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.findings.contains { $0.text.contains("let the bundle ask the harness's name server") })
    }

    /// That a web server saw the nonce is no query.
    @Test func onlyAQueryIsOne() throws {
        let judgement = try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes["wild"]).step.nonce.text
            let other = try #require(evidence[.bottle]?.field?.canaries(at: .offHost, .http).first)
            for index in evidence[.bottle]?.witness.indices ?? 0..<0 {
                guard evidence[.bottle]?.witness[index].nonces.contains(nonce) == true else { continue }
                evidence.sessions[.bottle]?.witness[index].canary = other.id
            }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test(arguments: ["connect", "get"]) func theTwinHasToAsk(entry: String) {
        let judgement = judge { evidence in
            let nonce = evidence[.twin]?.probes[entry]?.step.nonce.text ?? ""
            evidence.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func withoutANameServerNothingIsProven() {
        let judgement = judge { evidence in
            evidence.sessions[.bottle]?.field?.canaries.removeAll { $0.place == .nameServer }
        }
        #expect(judgement.verdict == .inconclusive)
    }
}
