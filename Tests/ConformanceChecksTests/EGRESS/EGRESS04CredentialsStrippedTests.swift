// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct EGRESS04CredentialsStrippedTests {
    private let check = EGRESS04CredentialsStripped()
    private static let ways = ["plain", "tls"]

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    /// The judgement when the far side saw something else of one request.
    private func judge(saw key: String, _ change: (inout String) -> Void) throws -> Judgement {
        try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes[key]).step.nonce.text
            let index = try #require(evidence[.bottle]?.witness.firstIndex { $0.nonces.contains(nonce) })
            var text = String(decoding: evidence[.bottle]?.witness[index].bytes ?? [], as: UTF8.self)
            let before = text
            change(&text)
            #expect(text != before)
            evidence.sessions[.bottle]?.witness[index].bytes = Array(text.utf8)
        }
    }

    /// What the guest sent under each name, in order.
    private func sent(_ key: String) throws -> [String] {
        let own = try #require(SimulatedWorld().evidence(for: check)[.bottle])
        guard case .exchange(let exchange)? = own.probes[key]?.step.action,
            let request = SimulatedRequest(exchange.turns.last?.send ?? [])
        else { return [] }
        return request.fields.filter { $0.value.hasPrefix("guest-") }.map(\.name)
    }

    @Test func everyFormOfACredentialIsSent() throws {
        for key in Self.ways + ["unrouted"] {
            let names = try sent(key)
            #expect(names.count == 9, "\(key)")
            #expect(names.filter { $0.lowercased() == "authorization" }.count == 3, "in any case and number")
        }
    }

    @Test(arguments: ways, 0..<9) func whatArrivesOfTheGuestsIsALeak(way: String, index: Int) throws {
        let names = try sent(way)
        let judgement = try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes[way]).step.nonce.text
            let record = try #require(evidence[.bottle]?.witness.firstIndex { $0.nonces.contains(nonce) })
            evidence.sessions[.bottle]?.witness[record].bytes += Array(
                "\(names[index]): guest-\(index)-\(nonce)\r\n".utf8)
        }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains(" as \(names[index])"))
    }

    @Test(arguments: ways) func theTokenHasToBeTheOnlyOne(way: String) throws {
        let token = "Authorization: Bearer \(SimulatedBottle.token)\r\n"
        #expect(try judge(saw: way) { $0 = $0.replacing(token, with: token + token) }.verdict == .violated)
        #expect(try judge(saw: way) { $0 = $0.replacing(token, with: "") }.verdict == .violated)
        #expect(
            try judge(saw: way) { $0 = $0.replacing(token, with: token + "authorization: other\r\n") }.verdict
                == .violated)
    }

    @Test(arguments: ways) func aTrailerThatArrivesIsALeak(way: String) throws {
        let judgement = try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes["\(way)-trailer"]).step.nonce.text
            let index = try #require(evidence[.bottle]?.witness.firstIndex { $0.nonces.contains(nonce) })
            evidence.sessions[.bottle]?.witness[index].bytes += Array("Authorization: guest-9-\(nonce)\r\n".utf8)
        }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("in a trailer"))
    }

    @Test(arguments: ways) func refusingATrailerIsAsGood(way: String) throws {
        for (observation, verdict) in [
            (Observation(stage: .done, received: [Array("HTTP/1.1 400 No\r\n\r\n".utf8)]), Verdict.pass),
            (Observation(stage: .receive, errno: "ETIMEDOUT"), .inconclusive),
        ] {
            let judgement = try judge { evidence in
                let nonce = try #require(evidence[.bottle]?.probes["\(way)-trailer"]).step.nonce.text
                evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(nonce) }
                evidence.sessions[.bottle]?.probes["\(way)-trailer"]?.observation = observation
            }
            #expect(judgement.verdict == verdict)
        }
    }

    @Test(arguments: ways) func aRequestThatDidNotArriveProvesNothing(way: String) throws {
        let judgement = try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes[way]).step.nonce.text
            evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test(arguments: 0..<9) func whatAnUnroutedHostDoesNotSeeWasNotShownToBeSent(index: Int) throws {
        let names = try sent("unrouted")
        let judgement = try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes["unrouted"]).step.nonce.text
            let record = try #require(evidence[.bottle]?.witness.firstIndex { $0.nonces.contains(nonce) })
            let text = String(decoding: evidence[.bottle]?.witness[record].bytes ?? [], as: UTF8.self)
            evidence.sessions[.bottle]?.witness[record].bytes = Array(
                text.replacing("guest-\(index)-\(nonce)", with: "").utf8)
        }
        // What goes to no origin at all need not be seen by one.
        #expect(judgement.verdict == (names[index] == "Proxy-Authorization" ? .pass : .inconclusive), "\(names[index])")
    }

    @Test func withoutTheUnroutedHostNothingIsProven() throws {
        let judgement = try judge { evidence in
            let nonce = try #require(evidence[.bottle]?.probes["unrouted"]).step.nonce.text
            evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("so that the headers were sent is not shown"))
    }

    @Test func aDeadEgressIsAnothersViolation() {
        #expect(SimulatedWorld(faults: [.egressoff]).judge(check).verdict == .inconclusive)
    }

    @Test func noValueOfTheGuestsIsRepeated() {
        let judgement = SimulatedWorld(faults: [.nostrip]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(
            judgement.findings.allSatisfy { !$0.text.contains("guest-") && !$0.text.contains(SimulatedBottle.token) })
    }
}
