// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY04NoAddressLiteralsTests {
    private let check = PROXY04NoAddressLiterals()

    @Test func everySpellingIsTriedAtBothEntries() throws {
        let own = try #require(SimulatedWorld().evidence(for: check)[.bottle])
        for entry in ["connect", "get"] {
            let keys = own.probes.keys.filter { $0.hasPrefix("\(entry)/") }
            #expect(keys.count == 11)
            let said = keys.compactMap { key -> String? in
                guard case .exchange(let exchange)? = own.probes[key]?.step.action else { return nil }
                return String(decoding: exchange.turns.first?.send ?? [], as: UTF8.self)
            }
            // 203.0.113.10 in the forms that inet_aton takes, and in those of IPv6.
            for spelling in [
                "203.0.113.10", "3405803786", "0313.00.0161.012", "0xcb.0x0.0x71.0xa", "0xcb00710a", "203.0.28938",
                "[::ffff:203.0.113.10]", "[203.0.113.10]", "203.0.113.10.", "00203.0.113.10",
            ] {
                #expect(said.contains { $0.contains(spelling) }, "\(entry) \(spelling)")
            }
            #expect(said.allSatisfy { !$0.contains("http://allowed") && !$0.contains("CONNECT allowed") })
        }
    }

    @Test func namesTheSpelling() {
        let judgement = SimulatedWorld(faults: [.literal]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("by its address 203.0.113.10"))
    }

    @Test(arguments: ["connect/hex", "get/mapped"]) func aVisitUnderAnySpellingIsALeak(key: String) throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let own = try #require(evidence[.bottle])
        let canary = try #require(own.field?.canaries(at: .offHost, .http).first { $0.port == 443 })
        let nonce = try #require(own.probes[key]).step.nonce.text
        evidence.sessions[.bottle]?.witness.append(
            WitnessRecord(canary: canary.id, time: 1, peer: "192.0.2.1:1", nonces: [nonce], bytes: []))
        #expect(check.judge(evidence).verdict == .violated)
    }

    @Test(arguments: ["connect/dotted", "get/dotted"]) func theTwinHasToGetThroughByThePlainOne(key: String) {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = evidence[.twin]?.probes[key]?.step.nonce.text ?? ""
        evidence.sessions[.twin]?.probes[key]?.observation = Observation(stage: .connect, errno: "ECONNREFUSED")
        evidence.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func theHostHasToWorkUnderItsName() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.probes["named"]?.observation = nil
        #expect(check.judge(evidence).verdict == .inconclusive)
        #expect(SimulatedWorld(faults: [.denyall]).judge(check).verdict == .inconclusive)
    }
}
