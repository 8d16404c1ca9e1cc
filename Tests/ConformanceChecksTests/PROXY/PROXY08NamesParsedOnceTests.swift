// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY08NamesParsedOnceTests {
    private let check = PROXY08NamesParsedOnce()

    private func keys(_ evidence: Evidence, in session: Session = .bottle) -> [String] {
        (evidence[session]?.probes.keys.filter { $0.contains("/") } ?? []).sorted()
    }

    @Test func everyGuiseIsTriedAtBothEntries() {
        let evidence = SimulatedWorld().evidence(for: check)
        let forms = ["get", "connect"].map { entry in
            Set(keys(evidence).filter { $0.hasPrefix("\(entry)/") }.map { $0.dropFirst(entry.count + 1) })
        }
        #expect(forms[0] == forms[1] && forms[0].count == 16)
        #expect(forms[0].isSuperset(of: ["lookalike0", "lookalike1", "user", "nul", "wide-dot", "trailing-dot"]))
        // What nobody could resolve shows nothing in a twin.
        #expect(keys(evidence, in: .twin).count == 8)
    }

    @Test func namesTheGuise() {
        let judgement = SimulatedWorld(faults: [.suffix]).judge(check)
        #expect(judgement.verdict == .violated)
        let leaks = judgement.findings.filter { $0.state == .leak }.map(\.text)
        #expect(leaks.contains { $0.contains("xallowed.") } && leaks.contains { $0.contains("testx.bottle.test") })
    }

    @Test func aVisitUnderAnyGuiseIsALeak() throws {
        let evidence = SimulatedWorld().evidence(for: check)
        for key in keys(evidence) {
            var spoiled = evidence
            let own = try #require(evidence[.bottle])
            let canary = try #require(own.field?.canaries(at: .offHost, .http).first { $0.port == 80 })
            let nonce = try #require(own.probes[key]).step.nonce.text
            spoiled.sessions[.bottle]?.witness.append(
                WitnessRecord(canary: canary.id, time: 1, peer: "192.0.2.1:1", nonces: [nonce], bytes: []))
            #expect(check.judge(spoiled).verdict == .violated, "\(key)")
        }
    }

    @Test func aNameThatNobodyFindsIsNotDeniedUnlessItExists() {
        let unresolved = Observation(
            stage: .done,
            received: [
                Array(
                    "HTTP/1.1 403 No\r\nX-Pipelock-Service: x\r\n\r\nblocked: SSRF check failed: DNS resolution error"
                        .utf8)
            ])
        for (key, verdict) in [("get/user", Verdict.pass), ("get/upper-case", .inconclusive)] {
            var evidence = SimulatedWorld().evidence(for: check)
            evidence.sessions[.bottle]?.probes[key]?.observation = unresolved
            #expect(check.judge(evidence).verdict == verdict, "\(key)")
        }
    }

    @Test func withoutLookalikesNothingIsProven() {
        var evidence = SimulatedWorld().evidence(for: check)
        for session in Session.allCases { evidence.sessions[session]?.field?.lookalikesOfAllowed = [] }
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.findings.contains { $0.text.contains("no name that resembles the allowed one exists") })
    }

    @Test func theTwinHasToReachWhatExists() {
        let evidence = SimulatedWorld().evidence(for: check)
        for key in keys(evidence, in: .twin) {
            var less = evidence
            let nonce = evidence[.twin]?.probes[key]?.step.nonce.text ?? ""
            less.sessions[.twin]?.probes[key]?.observation = Observation(stage: .done, received: [[]])
            less.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
            #expect(check.judge(less).verdict == .inconclusive, "\(key)")
        }
    }
}
