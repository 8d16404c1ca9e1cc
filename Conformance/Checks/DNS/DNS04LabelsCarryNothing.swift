// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// DNS-04: no data leaves in the labels of an allowed zone.
package struct DNS04LabelsCarryNothing: Check {
    package init() {}

    package let requirement = Requirement(
        id: "DNS-04", level: .should,
        title: "labels below an allowed zone carry no data",
        statement:
            "Labels that carry data SHOULD be blocked before they are resolved, also below an allowed wildcard: such as have "
            + "the form of a secret, and such as are too random for a name.",
        why:
            "To look a name up is to send it to whoever runs its zone. An allowlist with a wildcard in it lets the guest "
            + "choose sixty-three bytes a label.",
        probed:
            "Below an allowed wildcard the guest asks by CONNECT and by absolute-form request for names with a label in the "
            + "form of a secret, one with such a secret in hex, one with it in two labels, and one that is random. The "
            + "harness's name server, which the bundle asks, must see none of them; an ordinary name of the same zone must be "
            + "seen there, and an open twin's names are.",
        remedy:
            "Before a name is resolved, look through the labels that the guest chose as you do through URLs, and refuse "
            + "those whose entropy no name has.",
        profiles: .fullProfiles,
        mutants: ["noentropy": .violated, "closedtwin": .inconclusive]
    )

    private static let forms: [(key: String, title: String)] = [
        ("secret", "in the form of a secret"), ("hex", "with a secret in hex"),
        ("split", "with a secret in two labels"),
        ("random", "that is random"),
    ]
    private static let entries: [(key: String, title: String)] = [("connect", "CONNECT"), ("get", "absolute-form GET")]
    private static let plain = "plain"

    private static func labels(_ form: String) -> String {
        let secret = "akia" + FakeSecret.letters(16)
        switch form {
        case "secret": return secret
        // A name of letters is shorter than a nonce in hex, and the length tells them apart.
        case "hex": return Hex.encode(Array(secret.uppercased().utf8))
        case "split": return "\(secret.prefix(12)).\(secret.dropFirst(12))"
        default: return random()
        }
    }

    /// As many different letters as there are, in any order: more than four bits for each of them.
    private static func random() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        return String(decoding: letters.shuffled() + letters.shuffled().prefix(24), as: UTF8.self)
    }

    private static func exchange(_ entry: String, _ host: String, _ nonce: Nonce, _ bundle: String) -> Exchange {
        entry == "connect"
            ? Requests.connect("\(host):443", say: "\(nonce)\n", via: bundle)
            : Requests.absolute(host, nonce, via: bundle)
    }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant, !declaration.field.wildHost.isEmpty else { return }
        let (zone, bundle) = (declaration.field.wildHost, declaration.description.bundleAddress)
        for entry in Self.entries {
            for form in Self.forms {
                let nonce = Nonce.fresh()
                declaration.probe(
                    "\(entry.key)/\(form.key)", nonce: nonce,
                    .exchange(Self.exchange(entry.key, "\(Self.labels(form.key)).\(nonce).\(zone)", nonce, bundle)))
            }
            guard declaration.session == .bottle else { continue }
            let nonce = Nonce.fresh()
            declaration.probe(
                "\(entry.key)/\(Self.plain)", nonce: nonce,
                .exchange(Self.exchange(entry.key, "docs.\(nonce).\(zone)", nonce, bundle)))
        }
        guard declaration.session == .bottle else { return }
        let working = Nonce.fresh()
        declaration.probe(
            "allowed", nonce: working,
            .exchange(Requests.absolute(declaration.field.allowedHost, working, via: bundle)))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let servers = scene.field.canaries(at: .nameServer)
        let attempts = Self.entries.flatMap { entry in
            Self.forms.map { form in
                let key = "\(entry.key)/\(form.key)"
                return Denial.Attempt(
                    key: key, deed: "the name server with a label \(form.title), through the proxy by \(entry.title)",
                    canaries: servers, twinKey: key, accepted: [.denied])
            }
        }
        let permitted = Denial.Permitted(
            key: "allowed", what: "\(scene.field.allowedHost), whose name the bundle has to look up",
            proof: .bannerThroughBundle)
        let gaps = servers.isEmpty ? ["no name server of the harness watches"] : []
        return Denial(attempts: attempts, permitted: [permitted], gaps: gaps).judge(
            evidence, with: Self.entries.map { ordinary($0, evidence, servers) },
            pass: "\(attempts.count) names that carry data caused no query; ordinary names of the same zone did")
    }

    /// The same zone is open to names, so that not all of it is blocked.
    private func ordinary(
        _ entry: (key: String, title: String), _ evidence: Evidence, _ servers: [Canary]
    ) -> Finding {
        let key = "\(entry.key)/\(Self.plain)"
        let ids = Set(servers.map(\.id))
        let queries = evidence.probe(key).map { evidence.records(of: $0.step.nonce.text) } ?? []
        return queries.contains { ids.contains($0.canary) }
            ? Finding(.permitted, .holds, "the name server saw an ordinary name of the zone, by \(entry.title)")
            : Finding(
                .permitted, .missing,
                "the name server did not see an ordinary name of the zone by \(entry.title) "
                    + "(\(evidence.outcome(key).rawValue)), so that it saw no others proves nothing: make DNS-03 pass first"
            )
    }
}
