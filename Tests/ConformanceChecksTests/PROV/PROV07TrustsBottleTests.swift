// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROV07TrustsBottleTests {
    private let check = PROV07TrustsBottle()

    private func judge(_ change: (inout Evidence) throws -> Void) rethrows -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        try change(&evidence)
        return check.judge(evidence)
    }

    /// The judgement when a session's store holds other certificates.
    private func judge(
        store session: Session = .bottle, _ change: (inout [String], Evidence) throws -> Void
    ) rethrows -> Judgement {
        try judge { evidence in
            let facts = evidence[session]?.probes["store"]?.observation?.facts ?? [:]
            var digests = (facts["certificates"] ?? "").split(separator: " ").map(String.init)
            try change(&digests, evidence)
            evidence.sessions[session]?.probes["store"]?.observation?.facts["certificates"] = digests.joined(
                separator: " ")
        }
    }

    private static func digest(
        _ evidence: Evidence, _ session: Session = .bottle, _ daemon: String = "egress"
    ) throws -> String {
        try #require(evidence[session]?.authorities[daemon]).digest
    }

    private static let foreign = SimulatedAuthority(name: "nobody").digest

    @Test func eachFaultIsSeenForWhatItIs() {
        for (fault, words) in [
            (Fault.noca, "does not hold the bottle's CA"), (.stalebundle, "besides the bottle's and the image's"),
            (.keytoo, "1 private keys stand in"),
        ] {
            let judgement = SimulatedWorld(faults: [fault]).judge(check)
            #expect(judgement.verdict == .violated)
            #expect(judgement.findings.contains { $0.state == .leak && $0.text.contains(words) }, "\(judgement)")
        }
    }

    @Test func withRoutesItIsEgresssAuthorityAndNoOther() throws {
        let judgement = try judge { store, evidence in
            store.removeLast()
            store.append(try Self.digest(evidence, .bottle, "pipelock"))
        }
        #expect(judgement.verdict == .violated)
        #expect(judgement.findings.contains { $0.text.contains("pipelock of the bottle session") })
    }

    @Test func anyOtherAuthorityIsALeak() throws {
        #expect(judge { store, _ in store.append(Self.foreign) }.verdict == .violated)
        let neighbours = try judge { store, evidence in store.append(try Self.digest(evidence, .variant, "pipelock")) }
        #expect(neighbours.verdict == .violated)
        #expect(neighbours.findings.contains { $0.text.contains("pipelock of the variant session") })
    }

    @Test func theImagesCertificatesHaveToStay() {
        let judgement = judge { store, _ in store.removeFirst() }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("1 of 3 certificates of the image are not there"))
    }

    @Test func aTwinThatHoldsItAsWellShowsNothing() throws {
        // As if the image had it: then nothing shows that the driver has put it there.
        let judgement = try judge(store: .twin) { store, evidence in store.append(try Self.digest(evidence)) }
        #expect(judgement.verdict == .inconclusive)
    }

    @Test func whatATwinWasGivenIsNotTheImages() throws {
        let judgement = try judge(store: .twin) { store, evidence in
            store.append(try Self.digest(evidence, .twin))
        }
        #expect(judgement.verdict == .pass, "its own CA in a twin is another requirement's business: \(judgement)")
    }

    @Test(arguments: ["1", "2", "x"]) func aKeyInTheStoreIsALeak(count: String) {
        let judgement = judge { $0.sessions[.bottle]?.probes["store"]?.observation?.facts["keys"] = count }
        #expect(judgement.verdict == .violated)
    }

    @Test func whatTheProbeDidNotSayIsMissing() {
        for key in ["store", "file"] {
            let judgement = judge { $0.sessions[.bottle]?.probes[key]?.observation?.killed = true }
            #expect(judgement.verdict == .inconclusive, "\(key)")
        }
        #expect(
            judge { $0.sessions[.bottle]?.probes["store"]?.observation?.facts["keys"] = nil }.verdict == .inconclusive)
        #expect(
            judge { $0.sessions[.bottle]?.probes["file"]?.observation?.facts["mode"] = nil }.verdict == .inconclusive)
        #expect(judge { $0.sessions[.twin]?.probes["store"]?.observation = nil }.verdict == .inconclusive)
    }

    @Test func aStoreThatCannotBeReadIsAViolation() {
        let missing = Observation(stage: .done, errno: "ENOENT")
        #expect(judge { $0.sessions[.bottle]?.probes["store"]?.observation = missing }.verdict == .violated)
    }

    @Test(arguments: [
        ("0644", Verdict.pass), ("0444", .pass), ("0664", .violated), ("0646", .violated), ("0666", .violated),
    ])
    func nobodyElseMayWriteIt(mode: String, verdict: Verdict) {
        #expect(
            judge { $0.sessions[.bottle]?.probes["file"]?.observation?.facts["mode"] = mode }.verdict == verdict)
    }

    @Test func aGuestThatCannotVerifyHasNoUseOfIt() {
        let failed = Observation(
            stage: .receive, errno: "EPROTO", facts: ["tls.failure": "the certificate is not trusted"])
        let judgement = judge { $0.sessions[.bottle]?.probes["verified"]?.observation = failed }
        #expect(judgement.verdict == .violated)
        // A host that was not reached at all says nothing of the store.
        let nobody = judge {
            $0.sessions[.bottle]?.probes["verified"]?.observation = failed
            $0.sessions[.bottle]?.probes["believed"]?.observation = Observation(stage: .connect, errno: "ECONNREFUSED")
        }
        #expect(nobody.verdict == .inconclusive)
        let silent = judge {
            $0.sessions[.bottle]?.probes["verified"]?.observation = Observation(stage: .receive, errno: "ETIMEDOUT")
        }
        #expect(silent.verdict == .inconclusive)
    }

    @Test func aTwinThatVerifiesTooShowsNothing() {
        let judgement = judge { evidence in
            let reached = evidence[.bottle]?.probes["verified"]?.observation
            evidence.sessions[.twin]?.probes["verified"]?.observation = reached
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("verified the host as well"))
    }

    @Test func aTwinThatReachesNobodyShowsNothing() {
        let refused = Observation(stage: .connect, errno: "ECONNREFUSED")
        #expect(judge { $0.sessions[.twin]?.probes["believed"]?.observation = refused }.verdict == .inconclusive)
        // Without any failure of TLS nobody knows what it would have believed.
        let broken = Observation(stage: .receive, errno: "ECONNRESET")
        #expect(judge { $0.sessions[.twin]?.probes["verified"]?.observation = broken }.verdict == .inconclusive)
    }

    /// An image without certificates has nothing to verify with, and cannot verify either.
    @Test(arguments: ["the trusted certificates cannot be read", "the trusted certificates hold none that can be used"])
    func aTwinWithoutCertificatesCannotVerify(failure: String) {
        let nothing = Observation(stage: .receive, errno: "EPROTO", facts: ["tls.failure": failure])
        #expect(judge { $0.sessions[.twin]?.probes["verified"]?.observation = nothing }.verdict == .pass)
    }

    @Test func withoutTheHostsFileNothingIsKnown() {
        let judgement = judge { $0.sessions[.bottle]?.authorities["egress"] = nil }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("no certificate of egress was found on the host"))
    }
}
