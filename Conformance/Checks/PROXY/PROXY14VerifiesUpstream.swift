// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-14: whoever opens TLS verifies whom it opens it to, and signs with the bottle's own authority alone.
package struct PROXY14VerifiesUpstream: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-14",
        title: "interception verifies upstream and uses the bottle's own CA",
        statement:
            "TLS interception MUST verify upstream certificates and present a leaf that chains to this bottle's CA only.",
        why:
            "A guest behind an opened tunnel cannot verify anybody any more: the proxy does it for all of them, or nobody "
            + "does. And a CA that two bottles share lets one of them pose as every site towards the other.",
        probed:
            "The guest, which believes everybody here, fetches from hosts on the allowlist whose certificate has expired, is "
            + "for another name, or comes from an unknown authority; the host must not see the request. A good host's leaf "
            + "must verify with the bottle's own CA and nothing else, and the CAs of all bottles of the run must differ. An "
            + "open twin, which opens no TLS, gets through to the same hosts.",
        remedy:
            "Verify chain and name of every upstream before a byte of the request goes on, and answer a failure with an "
            + "error instead of a leaf; mint a CA for every bottle at its launch.",
        profiles: .fullProfiles,
        mutants: ["insecure": .violated, "sharedca": .violated, "closedtwin": .inconclusive]
    )

    private static func kinds(_ field: SessionField) -> [(kind: String, host: String)] {
        field.badHosts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        for (kind, host) in Self.kinds(field) {
            let nonce = Nonce.fresh()
            declaration.probe(
                "bad/\(kind)", nonce: nonce, .exchange(Requests.secure(host, nonce, via: bundle, trust: .anybody)))
        }
        guard declaration.session == .bottle else { return }
        let good = Nonce.fresh()
        declaration.probe("good", nonce: good, .exchange(Requests.secure(field.allowedHost, good, via: bundle)))
        guard let own = declaration.authorities[BottleAuthority.owner(declaration.plan)] else { return }
        let (file, chained) = (Nonce.fresh(), Nonce.fresh())
        // Not in /tmp, which has to be empty before anybody has done anything.
        let path = "\(declaration.description.guestHome)/.\(file)"
        declaration.probe(
            "authority", nonce: file, phase: .before, .writeFile(path: path, bytes: Array(own.certificate.utf8)))
        declaration.probe(
            "chained", nonce: chained,
            .exchange(Requests.secure(field.allowedHost, chained, via: bundle, trust: .file(path))))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let need = CanaryNeed(.offHost, .tcp, 443)
        let canaries = need.canaries(in: scene.field)
        let attempts = Self.kinds(scene.field).map { kind, host in
            Denial.Attempt(
                key: "bad/\(kind)", deed: "\(host) through the proxy, though its certificate is bad (\(kind))",
                canaries: canaries, twinKey: "bad/\(kind)")
        }
        let permitted = Denial.Permitted(
            key: "good", what: "\(scene.field.allowedHost), whose certificate is good, verified by the guest",
            proof: .bannerThroughBundle)
        var gaps = [need].gaps(in: scene.field)
        if attempts.isEmpty {
            gaps.append("no host of the harness shows a bad certificate: build it with the trait TLS")
        }
        let denial = Denial(attempts: attempts, permitted: [permitted], gaps: gaps)
        return denial.judge(
            evidence, with: [chained(evidence, scene)] + Self.distinct(evidence),
            pass:
                "\(attempts.count) kinds of bad certificates were refused, and the guest's leaf chains to its own bottle's CA"
        )
    }

    private func chained(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        guard let own = BottleAuthority.selected(scene) else { return BottleAuthority.missing(scene) }
        let name = "the CA of \(BottleAuthority.owner(scene.plan)), sha256 \(own.digest.prefix(16))"
        let observation = evidence.probe("chained")?.observation
        if evidence.outcome("chained") == .reached, observation?.facts["tls"] != nil {
            return Finding(.fact, .holds, "the leaf that the guest was shown verifies with \(name) and nothing else")
        }
        let failure = observation?.facts["tls.failure"]
        return failure == "the certificate is not trusted"
            ? Finding(.fact, .leak, "the leaf that the guest was shown does not chain to \(name)")
            : Finding(
                .fact, .missing,
                "whether a leaf chains to \(name) is not known: \(failure.map { "\(Quoted($0))" } ?? evidence.outcome("chained").rawValue)"
            )
    }

    /// No two bottles of the run have one authority, and no two daemons of a bottle.
    private static func distinct(_ evidence: Evidence) -> [Finding] {
        let known = BottleAuthority.known(evidence)
        var owners: [String: String] = [:]
        var findings: [Finding] = []
        for (session, daemon, authority) in known {
            let owner = "\(daemon) of the \(session.rawValue) session"
            if let other = owners.updateValue(owner, forKey: authority.digest) {
                findings.append(Finding(.fact, .leak, "\(owner) has the same CA as \(other)"))
            }
        }
        guard Set(known.map(\.session)).count > 1 else {
            return findings + [
                Finding(
                    .fact, .missing,
                    "only one bottle's CA is known, so that it is no other's is not: run with the other sessions")
            ]
        }
        return findings.isEmpty
            ? [Finding(.fact, .holds, "\(known.count) CAs of \(Set(known.map(\.session)).count) bottles, no two alike")]
            : findings
    }
}
