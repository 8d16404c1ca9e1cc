// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-05: an allowed name does not lead inside.
package struct PROXY05NoInternalTargets: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-05",
        title: "internal targets are refused after resolution",
        statement:
            "The proxy MUST refuse targets that resolve to internal addresses: its own loopback, the bundle's address, the "
            + "gateway, private, shared and link-local ranges.",
        why:
            "Whoever owns an allowed name decides where it leads. A proxy that dials what the name server says is a way "
            + "into the host's own network for everybody who may publish one record.",
        probed:
            "Allowed names of the harness's zone lead to the gateway of the bottle's link and to an address each of "
            + "10/8, 192.168/16, 100.64/10 and 169.254/16 that the bottle's host has; the guest asks for them by CONNECT and "
            + "by absolute-form request, and for the gateway's address itself. Names that lead to the bundle and to its "
            + "loopback are EGRESS-02's. The same zone's allowed host works, and an open twin gets through.",
        remedy:
            "Check every address that a name resolves to against all internal ranges and your own addresses, refuse the name "
            + "when one of them is there, and dial the address that was checked.",
        profiles: .fullProfiles,
        mutants: ["nossrf": .violated, "closedtwin": .inconclusive]
    )

    private struct Aim {
        let key: String
        let host: String
        let canary: Canary
        /// Everybody without a policy understands it.
        let exchange: @Sendable (Nonce, String) -> Exchange
        let title: String
    }

    private static func aims(_ field: SessionField) -> [Aim] {
        field.internalHosts.sorted { $0.value < $1.value }.flatMap { address, host in
            let places: [Place] = [.gateway, .hostAlias]
            let canary = places.flatMap { field.canaries(at: $0, .banner) }
                .first { $0.address == address && $0.port == field.port }
            // The gateway of a twin is another address, under the same name but for the session.
            let key = host.prefix { $0 != "." }
            return canary.map { canary -> [Aim] in
                let authority = "\(host):\(canary.port)"
                return [
                    Aim(
                        key: "get/\(key)", host: authority, canary: canary,
                        exchange: { Requests.absolute(authority, $0, via: $1) }, title: "absolute-form GET"),
                    Aim(
                        key: "connect/\(key)", host: authority, canary: canary,
                        exchange: { Requests.connect(authority, say: "\($0)\n", via: $1) }, title: "CONNECT"),
                ]
            } ?? []
        }
    }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let bundle = declaration.description.bundleAddress
        for aim in Self.aims(declaration.field) {
            let nonce = Nonce.fresh()
            declaration.probe(aim.key, nonce: nonce, canary: aim.canary, .exchange(aim.exchange(nonce, bundle)))
        }
        guard declaration.session == .bottle else { return }
        let outside = Nonce.fresh()
        declaration.probe(
            "outside", nonce: outside,
            .exchange(Requests.absolute(declaration.field.allowedHost, outside, via: bundle)))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let aims = Self.aims(scene.field)
        let attempts = aims.map { aim in
            Denial.Attempt(
                key: aim.key,
                deed: "\(aim.host), which leads to \(aim.canary.address), through the proxy by \(aim.title)",
                canaries: [aim.canary], twinKey: aim.key)
        }
        let permitted = Denial.Permitted(
            key: "outside", what: "\(scene.field.allowedHost), a name of the same zone that leads outside",
            proof: .bannerThroughBundle)
        var gaps: [String] = []
        if !aims.contains(where: { $0.canary.place == .gateway }) {
            gaps.append("no canary stands at the gateway under an allowed name")
        }
        return Denial(attempts: attempts, permitted: [permitted], gaps: gaps).judge(
            evidence, pass: "\(attempts.count) requests for allowed names that lead inside were refused")
    }
}
