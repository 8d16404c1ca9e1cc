// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROV-07: the guest believes the bottle's authority besides those of its image, and nobody else.
package struct PROV07TrustsBottle: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROV-07",
        title: "the guest trusts the bottle's CA, and has no key of it",
        statement:
            "The certificate of the bottle's CA, that of egress where the bottle has routes and else that of pipelock, MUST "
            + "be in the guest's /etc/ssl/certs/ca-certificates.crt, besides those of its image; no private key and no "
            + "other bottle's CA MUST be there.",
        why:
            "Without it every tool in the guest refuses what the proxy opens, and the usual remedy is to switch verification "
            + "off. With the key in reach the agent signs for any site; with another bottle's CA, that bottle does.",
        probed:
            "The guest's certificates are compared one by one with those of an open twin of the same image, which has no CA "
            + "installed, and with the file on the host. A fetch through the proxy must verify in the guest, and must fail to "
            + "in the twin, which reaches the same host when it does not verify.",
        remedy:
            "Append the selected certificate to the image's bundle when the guest is provisioned; carry no key and nothing "
            + "of other bottles there.",
        profiles: .fullProfiles,
        mutants: ["noca": .violated, "stalebundle": .violated, "keytoo": .violated, "closedtwin": .inconclusive]
    )

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let (host, bundle) = (declaration.field.allowedHost, declaration.description.bundleAddress)
        declaration.probe("store", nonce: .fresh(), .certificates(path: Contract.caBundlePath))
        if declaration.session == .bottle {
            declaration.probe("file", nonce: .fresh(), .file(path: Contract.caBundlePath))
        }
        let (verified, believed) = (Nonce.fresh(), Nonce.fresh())
        declaration.probe("verified", nonce: verified, .exchange(Requests.secure(host, verified, via: bundle)))
        declaration.probe(
            "believed", nonce: believed, .exchange(Requests.secure(host, believed, via: bundle, trust: .anybody)))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        guard evidence.scene(.twin) != nil else { return evidence.nothing(of: .twin) }
        guard let own = BottleAuthority.selected(scene) else {
            return .concluding([BottleAuthority.missing(scene)], pass: "")
        }
        return .concluding(
            store(evidence, scene, own) + [owned(evidence), verified(evidence, scene)] + twin(evidence),
            pass:
                "the guest trusts the CA of \(BottleAuthority.owner(scene.plan)), sha256 \(own.digest.prefix(16)), besides "
                + "those of its image, and nobody else")
    }

    private static func digests(_ observation: Observation) -> [String] {
        (observation.facts["certificates"] ?? "").split(separator: " ").map(String.init)
    }

    private func store(_ evidence: Evidence, _ scene: SessionScene, _ own: AuthorityEvidence) -> [Finding] {
        let path = Contract.caBundlePath
        guard let guest = evidence.report("store"), let twin = evidence.report("store", in: .twin) else {
            return [Evidence.silence("the certificates in \(path), in the guest or in its twin")]
        }
        guard guest.errno == nil else {
            return [Finding(.fact, .leak, "the guest's \(path) cannot be read (\(guest.errno ?? ""))")]
        }
        // What a twin was given although it should have nothing is not the image's.
        let given = Set(evidence[.twin]?.authorities.values.map(\.digest) ?? [])
        let (present, image) = (Self.digests(guest), Set(Self.digests(twin)).subtracting(given))
        let added = present.filter { !image.contains($0) }
        var findings: [Finding] = []
        findings.append(
            present.contains(own.digest)
                ? Finding(.fact, .holds, "\(path) of the guest holds the bottle's CA among \(present.count)")
                : Finding(.fact, .leak, "\(path) of the guest does not hold the bottle's CA"))
        let others = added.filter { $0 != own.digest }
        let known = BottleAuthority.known(evidence)
        findings += others.map { digest in
            let whose =
                known.first { $0.authority.digest == digest }
                .map { "\($0.daemon) of the \($0.session.rawValue) session" } ?? "nobody known"
            return Finding(
                .fact, .leak,
                "\(path) holds a CA besides the bottle's and the image's: sha256 \(digest.prefix(16)), \(whose)")
        }
        let lost = image.subtracting(present).count
        findings.append(
            lost == 0
                ? Finding(.fact, .holds, "all \(image.count) certificates of the image are still there")
                : Finding(.fact, .leak, "\(lost) of \(image.count) certificates of the image are not there any more"))
        if image.contains(own.digest) {
            findings.append(
                Finding(.fact, .missing, "the twin holds the bottle's CA as well, so it shows nothing of the image"))
        }
        switch guest.facts["keys"] {
        case "0"?: findings.append(Finding(.fact, .holds, "no private key stands among them"))
        case let count?: findings.append(Finding(.fact, .leak, "\(count) private keys stand in \(path)"))
        case nil: findings.append(Evidence.silence("private keys in \(path)"))
        }
        return findings
    }

    /// What the agent itself could rewrite would say nothing of whom root's programs trust.
    private func owned(_ evidence: Evidence) -> Finding {
        guard let file = evidence.report("file"), let mode = file.facts["mode"], let bits = UInt16(mode, radix: 8),
            let owner = file.facts["uid"]
        else { return Evidence.silence("owner and mode of \(Contract.caBundlePath)") }
        // With one id mapped in the guest all files are the agent's: then the mode alone cannot be judged.
        return bits & 0o022 == 0
            ? Finding(.fact, .holds, "it belongs to uid \(owner), mode \(mode)")
            : Finding(.fact, .leak, "everybody may write \(Contract.caBundlePath): mode \(mode)")
    }

    private func verified(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        let host = scene.field.allowedHost
        let facts = evidence.probe("verified")?.observation?.facts ?? [:]
        if evidence.outcome("verified") == .reached {
            return Finding(.fact, .holds, "the guest verified \(host) by its store over \(facts["tls"] ?? "TLS")")
        }
        guard evidence.outcome("believed") == .reached, let failure = facts["tls.failure"] else {
            return Finding(
                .fact, .missing,
                "\(host) was not reached (\(evidence.outcome("verified").rawValue)), so that the store is good is not "
                    + "shown: make PROXY-02 pass first")
        }
        return Finding(.fact, .leak, "the guest cannot verify \(host) by its store: \(Quoted(failure))")
    }

    private func twin(_ evidence: Evidence) -> [Finding] {
        let facts = evidence.probe("verified", in: .twin)?.observation?.facts ?? [:]
        guard evidence.outcome("believed", in: .twin) == .reached else {
            return [
                Finding(
                    .twin, .missing,
                    "the open twin did not reach the host either (\(evidence.outcome("believed", in: .twin).rawValue)), so "
                        + "that it cannot verify it shows nothing")
            ]
        }
        // An image without any certificates has nothing to verify with: that is another failure, and as good.
        return [
            facts["tls.failure"] != nil && evidence.outcome("verified", in: .twin) != .reached
                ? Finding(
                    .twin, .holds, "the twin, which has no CA installed, reached the host and could not verify it")
                : Finding(
                    .twin, .missing,
                    "the twin, which has no CA installed, verified the host as well, so that the guest does shows nothing"
                )
        ]
    }
}
