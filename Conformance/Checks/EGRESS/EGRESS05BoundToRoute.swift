// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// EGRESS-05: the token goes to the route's scheme, host and port, and nowhere else.
package struct EGRESS05BoundToRoute: Check {
    package init() {}

    package let requirement = Requirement(
        id: "EGRESS-05",
        title: "injection is bound to the route",
        statement:
            "Injection MUST be bound to scheme, host and port of the route; never to look-alikes, other ports, or other "
            + "hosts.",
        why:
            "The guest chooses where requests go. Whoever can register a name that ends like the routed one, or listens on "
            + "another port of it, would be handed the token.",
        probed:
            "The guest sends the placeholder to an allowed host whose name ends as the routed one's does, to an allowed "
            + "host without a route that claims to be the routed one in a header, and to another port of the routed host, in "
            + "plain and over TLS. None may see the token; the routed host must.",
        remedy:
            "Compare scheme, whole host and port of what is connected to with those of the route, and never headers.",
        profiles: .fullProfiles,
        mutants: ["suffixroute": .violated]
    )

    private struct Aim {
        let key: String
        let title: String
        let host: String
        var port: UInt16?
        var headers: [String] = []
    }

    private static let otherPort: UInt16 = 8443

    private static func aims(_ field: SessionField) -> [Aim] {
        [
            Aim(key: "lookalike", title: "a host whose name ends as the routed one's", host: field.lookalikeHost),
            Aim(
                key: "claim", title: "an unrouted host under the routed one's name", host: field.allowedHost,
                headers: ["X-Forwarded-Host: \(field.routedHost)", "Forwarded: host=\(field.routedHost)"]),
            Aim(key: "port", title: "another port of the routed host", host: field.routedHost, port: otherPort),
        ]
    }

    private static let ways: [(key: String, title: String)] = [("plain", "in plain"), ("tls", "over TLS")]

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let bundle = declaration.description.bundleAddress
        let bearer = "Authorization: Bearer \(Contract.placeholderToken)"
        func ask(_ key: String, _ host: String, _ port: UInt16?, _ headers: [String]) {
            for way in Self.ways {
                let nonce = Nonce.fresh()
                let authority = port.map { "\(host):\($0)" } ?? host
                let exchange =
                    way.key == "tls"
                    ? Requests.secure(host, nonce, via: bundle, port: port ?? 443, headers: [bearer] + headers)
                    : Requests.absolute(authority, nonce, via: bundle, headers: [bearer] + headers)
                declaration.probe("\(key)/\(way.key)", nonce: nonce, .exchange(exchange))
            }
        }
        for aim in Self.aims(declaration.field) { ask(aim.key, aim.host, aim.port, aim.headers) }
        ask("routed", declaration.field.routedHost, nil, [])
        DaemonLife.declareEgress(&declaration)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        guard !scene.own.suiteToken.isEmpty, !scene.field.lookalikeHost.isEmpty else {
            let why = "the harness has no token or no look-alike host: run again"
            return Judgement(.inconclusive, why, findings: [Finding(.fact, .missing, why)])
        }
        let broken = evidence.absence(of: .bottle).map { [Finding(.fact, .missing, $0)] } ?? []
        let aims = Self.aims(scene.field)
        let findings = Self.ways.flatMap { way in
            aims.map { aim in strange(aim, way, evidence, scene) } + [routed(way, evidence, scene)]
        }
        return .concluding(
            broken + DaemonLife.egress(evidence, scene) + findings,
            pass: "\(aims.count) aims beside the route saw no token, in plain and over TLS; the route's host did")
    }

    private func strange(
        _ aim: Aim, _ way: (key: String, title: String), _ evidence: Evidence, _ scene: SessionScene
    ) -> Finding {
        let key = "\(aim.key)/\(way.key)"
        let what = "\(aim.title) (\(aim.host)\(aim.port.map { ":\($0)" } ?? "")) \(way.title)"
        let token = Array(scene.own.suiteToken.utf8)
        let probe = evidence.probe(key)
        let records = probe.map { evidence.records(of: $0.step.nonce.text) } ?? []
        let read = Array((probe?.observation?.received ?? []).joined())
        if records.contains(where: { $0.bytes.firstRange(of: token) != nil }) || read.firstRange(of: token) != nil {
            return Finding(.witness, .leak, "\(what) saw the token of the routed host")
        }
        if !records.isEmpty { return Finding(.witness, .holds, "\(what) was reached and saw no token") }
        let outcome = evidence.outcome(key)
        // A proxy that does not lead there at all gives nobody anything.
        return [.denied, .halfOpen, .refused].contains(outcome)
            ? Finding(.witness, .holds, "\(what) was not reached at all (\(outcome.rawValue))")
            : Finding(
                .witness, .missing,
                "the request to \(what) ended \(outcome.rawValue), so that it saw no token proves nothing: run again")
    }

    private func routed(
        _ way: (key: String, title: String), _ evidence: Evidence, _ scene: SessionScene
    ) -> Finding {
        let host = scene.field.routedHost
        let nonce = evidence.probe("routed/\(way.key)")?.step.nonce.text ?? ""
        let saw = evidence.records(of: nonce).contains { record in
            EGRESS03TokenInjected.authorizations(in: record.bytes) == ["Bearer \(scene.own.suiteToken)"]
        }
        return saw
            ? Finding(.permitted, .holds, "the routed host \(host) saw its token \(way.title)")
            : Finding(
                .permitted, .missing,
                "the routed host \(host) did not see its token \(way.title), so that nobody else did proves nothing: make "
                    + "EGRESS-03 pass first")
    }
}
