// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-03: a host that is not on the allowlist is denied at every entry of the proxy.
package struct PROXY03DeniedHostBlocked: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-03",
        title: "a host off the allowlist is denied at every entry",
        statement:
            "A non-allowlisted host MUST be denied on every verb and endpoint of pipelock, with pipelock's own marker; an "
            + "empty allowlist MUST deny every host.",
        why:
            "Proxies filter the entry their authors thought of. Plain HTTP beside CONNECT, a fetch endpoint, an upgrade: "
            + "one unfiltered entry is enough. And an empty list must not mean \"everything\".",
        probed:
            "The guest asks for a denied host by CONNECT, absolute-form GET and POST, /fetch, /ws, origin-form, upgrades "
            + "and HTTP/2; the same entries are tried with the allowed host, in an open twin, and in a second bottle whose "
            + "allowlist is empty. The far side watches for any connection.",
        remedy:
            "Take one decision for all entries, before the name is resolved, and answer 403 with pipelock's own header; "
            + "switch off what is not filtered; treat an empty list as a list of nothing.",
        profiles: .gateProfiles,
        mutants: [
            "httponly": .violated, "connectonly": .violated, "emptyopen": .violated, "closedtwin": .inconclusive,
        ]
    )

    package func declare(_ declaration: inout Declaration) {
        let field = declaration.field
        switch declaration.session {
        case .bottle:
            ask("denied", field.deniedHost, &declaration)
            ask("allowed", field.allowedHost, &declaration)
        case .twin: ask("denied", field.deniedHost, &declaration)
        case .variant:
            ask("denied", field.allowedHost, &declaration)
            declaration.askHealth()
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let open = ProxyEntry.all.filter { evidence.outcome("allowed/\($0.key)") == .reached }.map(\.key)
        let permitted = ProxyEntry.mandatory.sorted().map { key in
            Denial.Permitted(
                key: "allowed/\(key)", what: "the allowed host \(scene.field.allowedHost) through pipelock (\(key))",
                proof: .bannerThroughBundle)
        }
        let attempts =
            attempts(in: .bottle, host: scene.field.deniedHost, scene.field, open)
            + attempts(
                in: .variant, host: evidence[.variant]?.field?.allowedHost ?? "any host", evidence[.variant]?.field,
                open)
        let needs = [CanaryNeed(.offHost, .tcp, 443), CanaryNeed(.offHost, .tcp, 80)]
        let denial = Denial(
            attempts: attempts, permitted: permitted + Declaration.health(evidence, in: .variant),
            gaps: needs.gaps(in: scene.field) + (evidence[.variant]?.field.map { needs.gaps(in: $0) } ?? []))
        return denial.judge(
            evidence, with: entries(evidence, open),
            pass:
                "a host off the allowlist is denied at \(open.count) entries, and an empty allowlist denies everything")
    }

    private func ask(_ prefix: String, _ host: String, _ declaration: inout Declaration) {
        for entry in ProxyEntry.all {
            let nonce = Nonce.fresh()
            declaration.probe(
                "\(prefix)/\(entry.key)", nonce: nonce,
                .exchange(entry.exchange(host, nonce, declaration.description.bundleAddress)))
        }
    }

    private func attempts(
        in session: Session, host: String, _ field: SessionField?, _ open: [String]
    ) -> [Denial.Attempt] {
        ProxyEntry.all.map { entry in
            let offered = open.contains(entry.key)
            let canaries = field.map { CanaryNeed(.offHost, .tcp, entry.port).canaries(in: $0) } ?? []
            let list = session == .variant ? ", though its allowlist is empty" : ", which is not on the allowlist"
            return Denial.Attempt(
                key: "denied/\(entry.key)", session: session,
                deed: "\(host)\(list), through the proxy by \(entry.title)", canaries: canaries,
                // Where the proxy has no such entry there is nothing to open in a twin either.
                twinKey: offered ? "denied/\(entry.key)" : nil,
                accepted: offered ? [.denied] : Outcome.denials)
        }
    }

    /// What the proxy offers at all, by what it does for the allowed host.
    private func entries(_ evidence: Evidence, _ open: [String]) -> [Finding] {
        ProxyEntry.all.filter { !open.contains($0.key) }.map { entry in
            let outcome = evidence.outcome("allowed/\(entry.key)")
            guard ![.noRun, .timeout, .nameFail].contains(outcome) else {
                return Finding(
                    .fact, .missing,
                    "whether the proxy offers \(entry.title) is not known (the allowed host ended \(outcome.rawValue)): run again"
                )
            }
            return Finding(
                .fact, .holds, "not offered: \(entry.title) (the allowed host ended \(outcome.rawValue) as well)")
        }
    }
}
