// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// EGRESS-04: what the guest sends as a credential does not arrive beside the one that is injected.
package struct EGRESS04CredentialsStripped: Check {
    package init() {}

    package let requirement = Requirement(
        id: "EGRESS-04",
        title: "the guest's own credentials are stripped before injection",
        statement:
            "Credentials that the guest sends to a routed host MUST be stripped before injection: Authorization in any case "
            + "and number, Proxy-Authorization, vendors' key headers, cookies, and trailers.",
        why:
            "A server that gets two credentials chooses one of them, and it may be the guest's: another account's, with "
            + "other rights, and billed or blamed for what the agent does.",
        probed:
            "The guest sends values of its own in every such form to the routed host, in plain and over TLS, which must see "
            + "none of them and the injected token once. An allowed host without a route is sent the same over TLS and must "
            + "see them, which shows that they were sent.",
        remedy:
            "Remove every header that can carry a credential before the token is added, whatever its case and however often "
            + "it stands there, and drop trailers.",
        profiles: .fullProfiles,
        mutants: ["nostrip": .violated]
    )

    /// Header names as a guest may write them.
    private static let headers = [
        "Authorization", "AUTHORIZATION", "authorization", "Proxy-Authorization", "X-Api-Key", "x-goog-api-key",
        "Api-Key", "X-Auth-Token", "Cookie",
    ]
    private static let ways: [(key: String, title: String)] = [("plain", "in plain"), ("tls", "over TLS")]
    private static let control = "unrouted"
    /// What is the hop's own in HTTP, and goes to no origin at all.
    private static let hopByHop: Set<String> = ["proxy-authorization"]

    /// A header's value tells which one it was, and whose.
    private static func value(_ index: Int, _ nonce: Nonce) -> String { "guest-\(index)-\(nonce)" }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        for way in Self.ways {
            let nonce = Nonce.fresh()
            let sent = Self.sent(nonce)
            declaration.probe(
                way.key, nonce: nonce,
                .exchange(
                    way.key == "tls"
                        ? Requests.secure(field.routedHost, nonce, via: bundle, headers: sent)
                        : Requests.absolute(field.routedHost, nonce, via: bundle, headers: sent)))
            let trailing = Nonce.fresh()
            declaration.probe(
                "\(way.key)-trailer", nonce: trailing, .exchange(Self.trailing(way.key, trailing, declaration)))
        }
        let nonce = Nonce.fresh()
        declaration.probe(
            Self.control, nonce: nonce,
            .exchange(Requests.secure(field.allowedHost, nonce, via: bundle, headers: Self.sent(nonce))))
        DaemonLife.declareEgress(&declaration)
    }

    private static func sent(_ nonce: Nonce) -> [String] {
        headers.enumerated().map { "\($1): \(value($0, nonce))" }
    }

    /// A chunked request with a credential behind its body.
    private static func trailing(_ way: String, _ nonce: Nonce, _ declaration: Declaration) -> Exchange {
        let (host, bundle) = (declaration.field.routedHost, declaration.description.bundleAddress)
        let headers = ["Transfer-Encoding: chunked", "Trailer: Authorization"]
        let body = "4\r\nbody\r\n0\r\nAuthorization: \(value(headers.count, nonce))\r\n\r\n"
        var exchange =
            way == "tls"
            ? Requests.secure(host, nonce, via: bundle, method: "POST", headers: headers)
            : Requests.absolute(host, nonce, via: bundle, method: "POST", headers: headers)
        exchange.turns[exchange.turns.count - 1].send += Array(body.utf8)
        return exchange
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        if let judgement = scene.withoutToken { return judgement }
        let broken = evidence.absence(of: .bottle).map { [Finding(.fact, .missing, $0)] } ?? []
        let attempts = Self.ways.flatMap { way in
            routed(way.key, "with \(Self.headers.count) credentials of its own \(way.title)", evidence, scene)
                + trailer("\(way.key)-trailer", way.title, evidence, scene)
        }
        return .concluding(
            broken + DaemonLife.egress(evidence, scene) + attempts + [sentAtAll(evidence, scene)],
            pass:
                "\(scene.field.routedHost) saw the injected token alone, and nothing that the guest sent as a credential"
        )
    }

    private func routed(
        _ key: String, _ title: String, _ evidence: Evidence, _ scene: SessionScene
    ) -> [Finding] {
        let host = scene.field.routedHost
        guard let nonce = evidence.probe(key)?.step.nonce, let record = evidence.records(of: nonce.text).first else {
            return [
                Finding(
                    .witness, .missing,
                    "the request \(title) did not arrive at \(host) (\(evidence.outcome(key).rawValue)): make EGRESS-03 "
                        + "pass first")
            ]
        }
        let arrived = Self.headers.indices.filter { Self.holds(record, Self.value($0, nonce)) }
        guard arrived.isEmpty else {
            let names = arrived.map { Self.headers[$0] }.joined(separator: ", ")
            return [Finding(.witness, .leak, "\(host) saw what the guest sent \(title) as \(names)")]
        }
        let tokens = EGRESS03TokenInjected.authorizations(in: record.bytes)
        return [
            tokens == ["Bearer \(scene.own.suiteToken)"]
                ? Finding(.witness, .holds, "\(host) saw the injected token and nothing of the guest's, sent \(title)")
                : Finding(
                    .witness, .leak,
                    "\(host) saw \(tokens.count) Authorization headers of a request \(title), not the injected one alone"
                )
        ]
    }

    /// Refusing a trailer is as good as dropping it.
    private func trailer(
        _ key: String, _ title: String, _ evidence: Evidence, _ scene: SessionScene
    ) -> [Finding] {
        let host = scene.field.routedHost
        guard let nonce = evidence.probe(key)?.step.nonce else {
            return [Finding(.witness, .missing, "no request with a trailer was tried \(title)")]
        }
        let records = evidence.records(of: nonce.text)
        if records.contains(where: { Self.holds($0, "guest-") }) {
            return [Finding(.witness, .leak, "\(host) saw the credential that the guest sent in a trailer \(title)")]
        }
        let outcome = evidence.outcome(key)
        guard !records.isEmpty || ![.noRun, .timeout].contains(outcome) else {
            return [
                Finding(
                    .witness, .missing, "the request with a trailer \(title) ended \(outcome.rawValue): run again")
            ]
        }
        return [
            Finding(
                .witness, .holds,
                records.isEmpty
                    ? "a request with a trailer \(title) was refused" : "a trailer \(title) did not arrive at \(host)")
        ]
    }

    /// A host without a route shows that the headers leave the guest.
    private func sentAtAll(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        let host = scene.field.allowedHost
        guard let nonce = evidence.probe(Self.control)?.step.nonce,
            let record = evidence.records(of: nonce.text).first
        else {
            return Finding(
                .permitted, .missing,
                "the unrouted host \(host) was not reached (\(evidence.outcome(Self.control).rawValue)), so that the "
                    + "headers were sent is not shown: make PROXY-02 pass first")
        }
        let missing = Self.headers.enumerated().filter { index, name in
            !Self.hopByHop.contains(name.lowercased()) && !Self.holds(record, Self.value(index, nonce))
        }
        return missing.isEmpty
            ? Finding(.permitted, .holds, "the unrouted host \(host) saw every header that the guest sent")
            : Finding(
                .permitted, .missing,
                "the unrouted host \(host) did not see \(missing.map(\.element).joined(separator: ", ")) either, so that "
                    + "it was stripped for its route is not shown")
    }

    private static func holds(_ record: WitnessRecord, _ text: String) -> Bool {
        record.bytes.firstRange(of: Array(text.utf8)) != nil
    }
}
