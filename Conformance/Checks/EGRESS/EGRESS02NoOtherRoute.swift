// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// EGRESS-02: pipelock does not carry the guest to egress under any name of it.
package struct EGRESS02NoOtherRoute: Check {
    package init() {}

    package let requirement = Requirement(
        id: "EGRESS-02",
        title: "egress is not reachable by any other route",
        statement:
            "Egress MUST NOT be reachable from the guest by any other route: not through pipelock under any spelling of "
            + "its loopback or of the bundle's address, nor under an allowlisted name that resolves to either.",
        why:
            "The daemons share one network, so a proxy that dials its own loopback undoes the separation. Names under "
            + "somebody else's control resolve to whatever that somebody likes.",
        probed:
            "The guest asks pipelock for port 9099 of every spelling, by CONNECT and by absolute-form request; egress's "
            + "own log must show none of it. Egress must be alive, routed traffic must work, and the open twin must get "
            + "through.",
        remedy:
            "Check every resolved address against loopback, private ranges and the bundle's own address, after resolution "
            + "and for the address that is dialled; treat every address literal as one, however it is spelt.",
        profiles: .gateProfiles,
        mutants: ["nossrf": .violated, "closedtwin": .inconclusive, "mutelog": .inconclusive]
    )

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        for target in targets(field, bundle) where declaration.session != .twin || target.inTwin {
            let (connect, get) = (Nonce.fresh(), Nonce.fresh())
            let tunnel = "GET /\(connect) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            declaration.probe(
                "connect/\(target.name)", nonce: connect,
                .exchange(Requests.connect(target.authority, say: tunnel, via: bundle)))
            declaration.probe(
                "get/\(target.name)", nonce: get, .exchange(Requests.absolute(target.authority, get, via: bundle)))
        }
        guard declaration.session == .bottle else { return }
        let routed = Nonce.fresh()
        declaration.probe(
            "routed", nonce: routed, .exchange(Requests.absolute(field.routedHost, routed, via: bundle)))
        DaemonLife.declareEgress(&declaration)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let attempts = targets(scene.field, scene.description.bundleAddress).flatMap { target in
            [("connect", "CONNECT"), ("get", "absolute-form GET")].map { form, title in
                let key = "\(form)/\(target.name)"
                // A name nobody can resolve leads nowhere; one that has to resolve must be refused for what it is.
                let accepted = target.inTwin ? Outcome.denials : Outcome.denials.union([.nameFail])
                return Denial.Attempt(
                    key: key, deed: "egress through pipelock by \(title) \(target.authority)", canaries: [],
                    twinKey: target.inTwin ? key : nil, accepted: accepted)
            }
        }
        let permitted = Denial.Permitted(
            key: "routed", what: "the routed host \(scene.field.routedHost) through pipelock and egress",
            proof: .bannerThroughBundle)
        let denial = Denial(
            attempts: attempts, permitted: [permitted], sign: .header(HTTPAnswer.egressMarker), logDaemon: "egress",
            targetProvenElsewhere: true)
        // A daemon that is down explains every other gap, so it comes first.
        return .concluding(
            DaemonLife.egress(evidence, scene) + denial.findings(evidence) + [chained(evidence, scene)]
                + strangers(evidence, scene) + DaemonLife.listeners(scene),
            pass: "pipelock carried none of \(attempts.count) requests to egress, and routed traffic works")
    }

    private struct Target {
        let name: String
        let authority: String
        /// The open twin must get through here; the odder spellings mean nothing to some proxies.
        var inTwin = false
    }

    private func targets(_ field: SessionField, _ bundle: String) -> [Target] {
        func target(_ name: String, _ host: String, inTwin: Bool = false) -> Target {
            Target(name: name, authority: "\(host):\(Contract.egressPort)", inTwin: inTwin)
        }
        return [
            target("127.0.0.1", "127.0.0.1", inTwin: true), target("loopback-name", field.loopbackHost, inTwin: true),
            target("localhost", "localhost"), target("ipv6", "[::1]"), target("bundle", Requests.bracketed(bundle)),
            target("bundle-name", field.bundleHost), target("unspecified", "0.0.0.0"),
            target("decimal", "2130706433"), target("hex", "0x7f.1"),
        ]
    }

    /// Routed traffic went by way of egress, so egress is where it should be.
    private func chained(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        guard let nonce = evidence.probe("routed")?.step.nonce, scene.log(of: "egress", shows: nonce) != nil else {
            return Finding(
                .permitted, .missing,
                "egress's log does not show the routed request: make EGRESS-03 pass first")
        }
        return Finding(.permitted, .holds, "egress's log shows the routed request")
    }

    /// Requests to egress itself that nobody here made from inside the bundle.
    private func strangers(_ evidence: Evidence, _ scene: SessionScene) -> [Finding] {
        let known = evidence.sessions.values.reduce(into: Set<String>()) { $0.formUnion($1.issuedNonces) }
        // Without the list nobody is a stranger; the witness leg says that it is missing.
        guard !scene.own.issuedNonces.isEmpty else { return [] }
        return scene.own.logs
            .filter { $0.daemon == "egress" && $0.event == "request" && $0.target.hasPrefix("/") }
            .filter { line in line.nonce.map { !known.contains($0) } ?? true }
            .map {
                Finding(.witness, .leak, "egress was asked for \($0.target) by \($0.client), which nobody was to reach")
            }
    }
}
