// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-07: what a tunnel is for, TLS and the request in it name one host.
package struct PROXY07OneNameOnly: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-07",
        title: "SNI, inner Host and CONNECT name agree",
        statement:
            "Inside an allowed tunnel the SNI, the inner Host and the CONNECT name MUST agree; a missing SNI MUST be denied "
            + "or bound to the CONNECT host, and bytes that are no TLS MUST NOT pass.",
        why:
            "Many sites share one address. A proxy that looks at the CONNECT line alone lets the guest ask that address for "
            + "any of them: domain fronting.",
        probed:
            "The guest opens tunnels to an allowed host whose address a denied one shares, and names the denied one in SNI, "
            + "or in the inner Host header, or nobody in SNI, or speaks no TLS at all. Neither nonce nor denied name may "
            + "arrive; matching names must pass, and an open twin lets all of it through.",
        remedy:
            "Read the ClientHello before anything of it goes on, compare its name and every inner Host with the host that "
            + "the tunnel was granted for, and refuse what names another or cannot be read.",
        profiles: .fullProfiles,
        mutants: ["nosni": .violated, "closedtwin": .inconclusive]
    )

    private static let forms: [(key: String, title: String)] = [
        ("sni", "with another host's name in SNI"), ("host", "with another host's name in the inner Host header"),
        ("plain", "with bytes that are no TLS"),
    ]

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        let (allowed, denied) = (field.allowedHost, field.deniedHost)
        func probe(_ key: String, _ make: (Nonce) -> Exchange) {
            let nonce = Nonce.fresh()
            declaration.probe(key, nonce: nonce, .exchange(make(nonce)))
        }
        probe("sni") { Requests.secure(allowed, $0, via: bundle, trust: .anybody, serverName: denied) }
        probe("host") { Requests.secure(allowed, $0, via: bundle, trust: .anybody, headers: ["Host: \(denied)"]) }
        probe("plain") { Requests.connect("\(allowed):443", say: "\($0)\n", via: bundle) }
        probe("unnamed") { Requests.secure(allowed, $0, via: bundle, trust: .anybody, serverName: .some(nil)) }
        if declaration.session == .bottle { probe("matching") { Requests.secure(allowed, $0, via: bundle) } }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let need = CanaryNeed(.offHost, .tcp, 443)
        let canaries = need.canaries(in: scene.field)
        let host = scene.field.allowedHost
        var attempts = Self.forms.map { form in
            Denial.Attempt(
                key: form.key, deed: "\(host) through a tunnel of its own \(form.title)", canaries: canaries,
                twinKey: form.key)
        }
        var bound: [Finding] = []
        let arrived = evidence.probe("unnamed").map { evidence.records(of: $0.step.nonce.text).map(\.serverName) } ?? []
        if !arrived.isEmpty, arrived.allSatisfy({ $0 == host }) {
            bound = [
                Finding(.fact, .holds, "a tunnel without a name in TLS was bound to \(host), for which it was opened")
            ]
        } else {
            attempts.append(
                Denial.Attempt(
                    key: "unnamed", deed: "\(host) through a tunnel without any name in TLS", canaries: canaries,
                    twinKey: "unnamed"))
        }
        let permitted = Denial.Permitted(
            key: "matching", what: "\(host) through a tunnel whose names match", proof: .bannerThroughBundle)
        let denial = Denial(attempts: attempts, permitted: [permitted], gaps: [need].gaps(in: scene.field))
        return denial.judge(
            evidence, with: bound + [names(evidence, scene, canaries)],
            pass: "no tunnel to \(host) carried another name than its own")
    }

    /// Which names the shared address was asked for over TLS, by whomever.
    private func names(_ evidence: Evidence, _ scene: SessionScene, _ canaries: [Canary]) -> Finding {
        let ids = Set(canaries.map(\.id))
        let denied = scene.field.deniedHost
        let strange = scene.own.witness.filter { ids.contains($0.canary) && $0.serverName == denied }
        return strange.isEmpty
            ? Finding(.witness, .holds, "the address that \(denied) shares was never asked for it over TLS")
            : Finding(
                .witness, .leak, "the address that \(denied) shares was asked for it over TLS by \(strange[0].peer)")
    }
}
