// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY14VerifiesUpstreamTests {
    private let check = PROXY14VerifiesUpstream()
    private static let kinds = ["expired", "other-authority", "other-name"]

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    private static func failure(_ text: String) -> Observation {
        Observation(stage: .receive, errno: "EPROTO", facts: ["tls.failure": text])
    }

    @Test func everyBadCertificateIsNamed() {
        let judgement = SimulatedWorld(faults: [.insecure]).judge(check)
        #expect(judgement.verdict == .violated)
        let leaks = judgement.findings.filter { $0.state == .leak }.map(\.text)
        for kind in Self.kinds { #expect(leaks.contains { $0.contains("its certificate is bad (\(kind))") }) }
    }

    @Test(arguments: kinds) func aRequestThatABadHostSawIsALeak(kind: String) throws {
        let judgement = try judge { evidence in
            let own = try #require(evidence[.bottle])
            let canary = try #require(own.field?.canaries(at: .offHost, .http).first { $0.port == 443 })
            let nonce = try #require(own.probes["bad/\(kind)"]).step.nonce.text
            evidence.sessions[.bottle]?.witness.append(
                WitnessRecord(
                    canary: canary.id, time: 1, peer: "\(own.plan?.addresses.bundle ?? ""):1", nonces: [nonce],
                    bytes: [],
                    serverName: own.field?.badHosts[kind]))
        }
        #expect(judgement.verdict == .violated)
    }

    @Test(arguments: kinds) func whatTheTwinDoesNotReachProvesNothing(kind: String) {
        let judgement = judge { evidence in
            let nonce = evidence[.twin]?.probes["bad/\(kind)"]?.step.nonce.text ?? ""
            evidence.sessions[.twin]?.probes["bad/\(kind)"]?.observation = Self.failure("the peer refused")
            evidence.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
        }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func withoutAGoodHostThatWorksNothingIsProven() {
        #expect(
            judge { $0.sessions[.bottle]?.probes["good"]?.observation = Self.failure("the peer refused") }.verdict
                == .inconclusive)
    }

    @Test func withoutBadHostsThereIsNothingToRefuse() {
        let judgement = judge { $0.sessions[.bottle]?.field?.badHosts = [:] }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.findings.contains { $0.text.contains("no host of the harness shows a bad certificate") })
    }

    @Test func aForeignLeafIsAViolation() {
        let judgement = judge {
            $0.sessions[.bottle]?.probes["chained"]?.observation = Self.failure("the certificate is not trusted")
        }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("does not chain to the CA of egress"))
    }

    /// What keeps a handshake from being tried, or breaks it off, tells nothing of the leaf.
    @Test(arguments: [
        "the handshake failed", "the trusted certificates cannot be read", "the certificate is for another name",
    ]) func aHandshakeThatWasNotHadProvesNothing(failure: String) {
        let judgement = judge { $0.sessions[.bottle]?.probes["chained"]?.observation = Self.failure(failure) }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains(failure))
    }

    @Test func aPlainAnswerIsNoVerifiedLeaf() {
        let judgement = judge { $0.sessions[.bottle]?.probes["chained"]?.observation?.facts["tls"] = nil }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func twoBottlesWithOneAuthorityAreAViolation() throws {
        let judgement = try judge { evidence in
            let shared = try #require(evidence[.bottle]?.authorities["pipelock"])
            evidence.sessions[.variant]?.authorities["pipelock"] = shared
        }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("pipelock of the variant session has the same CA as pipelock of the bottle"))
    }

    @Test func twoDaemonsOfOneBottleWithOneAuthorityAreAViolation() throws {
        let judgement = try judge { evidence in
            let shared = try #require(evidence[.bottle]?.authorities["egress"])
            evidence.sessions[.bottle]?.authorities["pipelock"] = shared
        }
        #expect(judgement.verdict == .violated)
    }

    @Test func oneBottleAloneCannotBeToldFromOthers() {
        let judgement = judge { evidence in
            for session in [Session.twin, .variant] { evidence.sessions[session]?.authorities = [:] }
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("only one bottle's CA is known"))
    }

    @Test func aBottleWhoseAuthorityIsNotFoundProvesNothing() {
        #expect(judge { $0.sessions[.bottle]?.authorities["egress"] = nil }.verdict == .inconclusive)
        #expect(judge { $0.sessions[.bottle]?.authorities = [:] }.verdict == .inconclusive)
    }

    @Test func theGuestIsGivenTheBottlesOwnAuthorityAloneToVerifyWith() throws {
        let own = try #require(SimulatedWorld().evidence(for: check)[.bottle])
        guard case .writeFile(let path, let bytes)? = own.probes["authority"]?.step.action,
            case .exchange(let exchange)? = own.probes["chained"]?.step.action
        else {
            Issue.record("nothing is written, or nothing asked")
            return
        }
        #expect(bytes == Array(try #require(own.authorities["egress"]).certificate.utf8))
        #expect(exchange.secured?.trust == .file(path))
        #expect(own.probes["authority"]?.step.phase == .before)
        #expect(!path.hasPrefix("/tmp/"))
    }
}
