// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// EGRESS-07: egress has no way out of its own.
package struct EGRESS07ThroughPipelock: Check {
    package init() {}

    package let requirement = Requirement(
        id: "EGRESS-07",
        title: "egress goes out through pipelock and in no other way",
        statement:
            "Egress MUST send everything to pipelock on the bundle's loopback, and MUST NOT dial out itself.",
        why:
            "Egress holds the tokens. One that dials by itself takes them past the allowlist, past the search for secrets and "
            + "past the check of where a name leads.",
        probed:
            "Inside the bundle egress is asked for the denied host and for the gateway of the bottle's link by its address: "
            + "pipelock has to refuse both, and the far sides must see neither. Asked for the allowed host it delivers. Of "
            + "the guest's routed requests, in plain and over TLS, egress's log and pipelock's have to show that they came "
            + "from the one to the other. An open twin's egress reaches the denied host.",
        remedy:
            "Give egress EGRESS_UPSTREAM_PROXY=http://127.0.0.1:8888, let it refuse to start with any other, and let it "
            + "resolve no name.",
        profiles: .fullProfiles,
        mutants: ["direct": .violated, "closedtwin": .inconclusive, "mutelog": .inconclusive]
    )

    private static let ways = [(key: "plain", title: "in plain"), (key: "tls", title: "over TLS")]

    private static func gateway(_ field: SessionField) -> Canary? {
        field.canaries(at: .gateway, .banner).first { $0.port == field.port }
    }

    /// What egress is asked for that pipelock does not let through.
    private static func aims(_ field: SessionField) -> [(key: String, authority: String, canaries: [Canary])] {
        let outside = CanaryNeed(.offHost, .tcp, 80).canaries(in: field)
        let inside = gateway(field).map { [("inside", "\($0.address):\($0.port)", [$0])] } ?? []
        return [("denied", field.deniedHost, outside)] + inside
    }

    private static func ask(_ authority: String, _ nonce: Nonce) -> Exchange {
        var exchange = Requests.absolute(authority, nonce, via: "127.0.0.1")
        exchange.port = Contract.egressPort
        return exchange
    }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let field = declaration.field
        for aim in Self.aims(field) {
            let nonce = Nonce.fresh()
            declaration.probe(
                aim.key, nonce: nonce, target: .bundle, phase: .after, .exchange(Self.ask(aim.authority, nonce)))
        }
        guard declaration.session == .bottle else { return }
        let nonce = Nonce.fresh()
        declaration.probe(
            "allowed", nonce: nonce, target: .bundle, phase: .after, .exchange(Self.ask(field.allowedHost, nonce)))
        let bundle = declaration.description.bundleAddress
        for way in Self.ways {
            let nonce = Nonce.fresh()
            declaration.probe(
                "routed/\(way.key)", nonce: nonce,
                .exchange(
                    way.key == "tls"
                        ? Requests.secure(field.routedHost, nonce, via: bundle)
                        : Requests.absolute(field.routedHost, nonce, via: bundle)))
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let attempts = Self.aims(scene.field).map { aim in
            Denial.Attempt(
                key: aim.key, deed: "\(aim.authority) through egress, from inside the bundle", canaries: aim.canaries,
                twinKey: aim.key, accepted: [.denied])
        }
        let permitted = Denial.Permitted(
            key: "allowed", what: "\(scene.field.allowedHost) through egress, from inside the bundle",
            proof: .bannerThroughBundle)
        let gaps = Self.gateway(scene.field) == nil ? ["no canary stands at the gateway"] : []
        return Denial(attempts: attempts, permitted: [permitted], gaps: gaps).judge(
            evidence, with: Self.ways.map { chain($0, evidence, scene) },
            pass: "egress led nowhere that pipelock does not, and what it was given went by way of pipelock")
    }

    /// Egress had the guest's request, and handed it to pipelock.
    private func chain(
        _ way: (key: String, title: String), _ evidence: Evidence, _ scene: SessionScene
    ) -> Finding {
        let host = scene.field.routedHost
        guard let nonce = evidence.probe("routed/\(way.key)")?.step.nonce, !evidence.records(of: nonce.text).isEmpty,
            scene.log(of: "egress", shows: nonce) != nil
        else {
            return Finding(
                .permitted, .missing,
                "no routed request for \(host) \(way.title) is known to have gone by way of egress: make EGRESS-03 pass "
                    + "first, and let the driver hand over egress's log")
        }
        let own = ["127.0.0.1", "[::1]", scene.plan.addresses.bundle, scene.description.bundleAddress]
        let lines = scene.own.logs.filter { $0.daemon == "pipelock" && $0.nonce == nonce.text }
        if lines.contains(where: { line in own.contains { line.client.hasPrefix("\($0):") } }) {
            return Finding(.witness, .holds, "pipelock had the request for \(host) from egress, \(way.title)")
        }
        // A line that is not there may have been lost: it proves nothing against egress.
        return Finding(
            .witness, .missing,
            "the request for \(host) \(way.title) went to egress and reached the far side, and no line of pipelock's log "
                + "shows that it came from the bundle: let egress send everything to pipelock, and the driver hand over "
                + "pipelock's whole log")
    }
}
