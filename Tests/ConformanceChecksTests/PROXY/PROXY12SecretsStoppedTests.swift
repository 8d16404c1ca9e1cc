// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Foundation
import Testing

@testable import ConformanceChecks

struct PROXY12SecretsStoppedTests {
    private let check = PROXY12SecretsStopped()
    private static let forms = ["plain", "tls"].flatMap { way in
        ["path", "query", "header", "body", "base64", "hex"].map { "\(way)/\($0)" }
    }

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    private func leaks(_ judgement: Judgement) -> [String] {
        judgement.findings.filter { $0.state == .leak }.map(\.text)
    }

    @Test func aWarningStopsNothing() {
        let judgement = SimulatedWorld(faults: [.warn]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(leaks(judgement).count == Self.forms.count)
    }

    @Test func whatIsNotOpenedIsNotRead() {
        let judgement = SimulatedWorld(faults: [.passthrough]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(leaks(judgement).allSatisfy { $0.contains("over TLS") })
        #expect(leaks(judgement).count == Self.forms.count / 2)
    }

    @Test(arguments: forms) func aSecretThatArrivesAnywhereIsALeak(form: String) throws {
        let judgement = try judge { evidence in
            let own = try #require(evidence[.bottle])
            let port: UInt16 = form.hasPrefix("tls") ? 443 : 80
            let canary = try #require(own.field?.canaries(at: .offHost, .http).first { $0.port == port })
            let nonce = try #require(own.probes["planted/\(form)"]).step.nonce.text
            evidence.sessions[.bottle]?.witness.append(
                WitnessRecord(
                    canary: canary.id, time: 1, peer: "\(own.plan?.addresses.bundle ?? ""):1", nonces: [nonce],
                    bytes: []))
        }
        #expect(judgement.verdict == .violated)
        #expect(leaks(judgement).count == 1)
    }

    /// A head goes on before its body is known, so that a visit with the head's own nonce says nothing.
    @Test func aHeadWhoseBodyWasStoppedIsNoLeak() {
        let evidence = SimulatedWorld().evidence(for: check)
        let own = Set(evidence[.bottle]?.probes.values.map(\.step.nonce.text) ?? [])
        let stray = (evidence[.bottle]?.witness ?? []).filter { own.isDisjoint(with: $0.nonces) }
        #expect(stray.count == 6, "the simulated proxy sends heads on")
        #expect(check.judge(evidence).verdict == .pass)
        #expect(check.judge(SimulatedWorld().translatedEvidence(for: check)).verdict == .pass)
    }

    @Test(arguments: forms) func whereHarmlessValuesDoNotPassNothingIsProven(form: String) {
        let refused = Observation(
            stage: .done, received: [Array("HTTP/1.1 403 No\r\nX-Pipelock-Service: x\r\n\r\n".utf8)])
        let judgement = judge { evidence in
            let nonce = evidence[.bottle]?.probes["harmless/\(form)"]?.step.nonce.text ?? ""
            evidence.sessions[.bottle]?.probes["harmless/\(form)"]?.observation = refused
            evidence.sessions[.bottle]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("harmless value"))
    }

    @Test(arguments: forms) func whatTheTwinDoesNotLetThroughProvesNothing(form: String) {
        let judgement = judge { evidence in
            let nonce = evidence[.twin]?.probes["planted/\(form)"]?.step.nonce.text ?? ""
            evidence.sessions[.twin]?.probes["planted/\(form)"]?.observation = Observation(
                stage: .done, received: [[]])
            evidence.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    /// A machine that is too slow, or a connection that nobody took, has stopped nothing.
    @Test(arguments: ["ETIMEDOUT", "ECONNREFUSED", "ENETUNREACH"]) func onlyARefusalIsOne(errno: String) {
        let judgement = judge {
            $0.sessions[.bottle]?.probes["planted/tls/path"]?.observation = Observation(stage: .connect, errno: errno)
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("which proves no denial"))
    }

    @Test func everyRequestHoldsOneSecretInItsOwnForm() throws {
        let own = try #require(SimulatedWorld().evidence(for: check)[.bottle])
        var secrets: Set<String> = []
        for form in Self.forms {
            let step = try #require(own.probes["planted/\(form)"]).step
            guard case .exchange(let exchange) = step.action, let last = exchange.turns.last else {
                Issue.record("\(form) is no exchange")
                continue
            }
            #expect((exchange.secured != nil) == form.hasPrefix("tls"))
            var text = String(decoding: last.send, as: UTF8.self)
            let body = text.components(separatedBy: "\r\n\r\n").dropFirst().first ?? ""
            let line = String(body.split(separator: "\n").first ?? "")
            if form.hasSuffix("base64") {
                text = String(decoding: try #require(Data(base64Encoded: line)), as: UTF8.self)
            } else if form.hasSuffix("hex") {
                #expect(line.count.isMultiple(of: 2) && line.allSatisfy(\.isHexDigit))
                let digits = line.compactMap(\.hexDigitValue)
                let pairs = stride(from: 0, to: digits.count - 1, by: 2)
                text = String(decoding: pairs.map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }, as: UTF8.self)
            }
            let secret = try #require(text.firstMatch(of: /ghp_[g-z]{36}/), "\(form): \(text)")
            secrets.insert(String(secret.0))
            // The same length, so that nothing but the value makes a difference.
            let harmless = try #require(own.probes["harmless/\(form)"]).step
            guard case .exchange(let other) = harmless.action else { continue }
            #expect(other.turns.last?.send.count == last.send.count)
            #expect(String(decoding: other.turns.last?.send ?? [], as: UTF8.self).contains("ghp_") == false)
            // What is judged is whether that arrives which stands behind the secret.
            if !body.isEmpty { #expect(body.hasSuffix("\n\(step.nonce)\n")) }
        }
        #expect(secrets.count == Self.forms.count, "each of them new")
    }
}
