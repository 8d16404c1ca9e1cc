// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// EGRESS-06: the token that is injected does not come back with the answer.
package struct EGRESS06TokenStaysOut: Check {
    package init() {}

    package let requirement = Requirement(
        id: "EGRESS-06", level: .should,
        title: "the injected token does not come back to the guest",
        statement:
            "The injected value SHOULD NOT come back: not in an upstream's answer that repeats what it was sent, whatever "
            + "its status, and not by TRACE.",
        why:
            "Many services repeat a request: for debugging, in an error page, in a redirect. The agent then reads the very "
            + "token that it was not given.",
        probed:
            "The guest asks the routed host, in plain and over TLS, by GET, with an error as the answer, and by TRACE; the "
            + "harness's server there repeats the Authorization that it saw in a header and in the body, as it is, in base64 "
            + "and in hex. The guest may read none of them. An allowed host without a route repeats the guest's own header in "
            + "all of these ways, which shows that the answers come through.",
        remedy:
            "Let egress look through the answers to requests that it put a token on, in all of these forms, ask for answers "
            + "without a coding, and refuse TRACE.",
        profiles: .fullProfiles,
        mutants: ["noredact": .violated]
    )

    private static let ways = [(key: "plain", title: "in plain"), (key: "tls", title: "over TLS")]

    private enum Form: String, CaseIterable {
        case get, error, trace

        var method: String { self == .trace ? "TRACE" : "GET" }
        var prefix: String { self == .error ? "/error" : "" }
        var title: String {
            switch self {
            case .get: "a GET"
            case .error: "a GET that fails"
            case .trace: "a TRACE"
            }
        }
    }

    private static func ask(
        _ host: String, _ nonce: Nonce, _ bundle: String, way: String, _ form: Form, bearer: String
    ) -> Exchange {
        let (path, headers) = ("\(form.prefix)/\(nonce)", ["Authorization: Bearer \(bearer)"])
        return way == "tls"
            ? Requests.secure(host, nonce, via: bundle, method: form.method, path: path, headers: headers)
            : Requests.absolute(host, nonce, via: bundle, method: form.method, path: path, headers: headers)
    }

    /// No token of anybody, and nothing that a nonce could be taken for.
    private static func own(_ nonce: Nonce) -> String { "guest-\(nonce)-guest" }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        for way in Self.ways {
            for form in Form.allCases {
                let nonce = Nonce.fresh()
                declaration.probe(
                    "\(form.rawValue)/\(way.key)", nonce: nonce,
                    .exchange(
                        Self.ask(
                            field.routedHost, nonce, bundle, way: way.key, form, bearer: Contract.placeholderToken)))
            }
            let nonce = Nonce.fresh()
            declaration.probe(
                "unrouted/\(way.key)", nonce: nonce,
                .exchange(Self.ask(field.allowedHost, nonce, bundle, way: way.key, .get, bearer: Self.own(nonce))))
        }
        DaemonLife.declareEgress(&declaration)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        if let judgement = scene.withoutToken { return judgement }
        let broken = evidence.absence(of: .bottle).map { [Finding(.fact, .missing, $0)] } ?? []
        let token = Needles(scene.own.suiteToken)
        let findings = Self.ways.flatMap { way in
            [repeated(way, evidence, scene)]
                + Form.allCases.map { answer(to: $0, way, token, evidence, scene) }
        }
        return .concluding(
            broken + DaemonLife.egress(evidence, scene) + findings,
            pass: "the routed host saw the token and repeated it, and none of its answers brought it to the guest")
    }

    /// The control: what the harness's server repeats is what a guest can read.
    private func repeated(
        _ way: (key: String, title: String), _ evidence: Evidence, _ scene: SessionScene
    ) -> Finding {
        let (key, host) = ("unrouted/\(way.key)", scene.field.allowedHost)
        let read = Self.read(evidence.probe(key))
        let own = evidence.probe(key).map { Array("Bearer \(Self.own($0.step.nonce))".utf8) } ?? []
        let forms = [own, Array("hex: \(Hex.encode(own))".utf8), Array("base64: ".utf8)]
        guard !own.isEmpty, forms.allSatisfy({ read.firstRange(of: $0) != nil }) else {
            return Finding(
                .permitted, .missing,
                "\(host), which has no route, did not repeat the guest's own header \(way.title) "
                    + "(\(evidence.outcome(key).rawValue)), so that a token would have come back is not shown: make "
                    + "PROXY-02 pass first")
        }
        return Finding(.permitted, .holds, "\(host), which has no route, repeated the guest's own header \(way.title)")
    }

    private func answer(
        to form: Form, _ way: (key: String, title: String), _ token: Needles, _ evidence: Evidence,
        _ scene: SessionScene
    ) -> Finding {
        let (key, host) = ("\(form.rawValue)/\(way.key)", scene.field.routedHost)
        let probe = evidence.probe(key)
        let read = Self.read(probe)
        if let encoding = token.encoding(in: read) {
            return Finding(
                .attempt, .leak,
                "the guest read the token (\(encoding)) in the answer of \(host) to \(form.title) \(way.title)")
        }
        let records = probe.map { evidence.records(of: $0.step.nonce.text) } ?? []
        let value = Array(scene.own.suiteToken.utf8)
        if records.isEmpty, form == .trace, Self.isRefused(read) {
            return Finding(.attempt, .holds, "\(form.title) to \(host) was refused \(way.title)")
        }
        guard records.contains(where: { $0.bytes.firstRange(of: value) != nil }) else {
            return Finding(
                .witness, .missing,
                "\(host) did not see the token in \(form.title) \(way.title) (\(evidence.outcome(key).rawValue)), so that "
                    + "it did not come back proves nothing: make EGRESS-03 pass first")
        }
        // The last of the ways in which the server repeats what it saw, to its end: a token may have stood in what is cut off.
        let isWhole = read.firstRange(of: Array("\nhex: ".utf8)).map { read[$0.upperBound...].contains(0x0a) } ?? false
        // An answer that is held back altogether brings nothing either.
        guard isWhole || HTTPAnswer.any(in: read, carries: HTTPAnswer.egressMarker) else {
            return Finding(
                .attempt, .missing,
                "the answer of \(host) to \(form.title) \(way.title) did not come back whole "
                    + "(\(evidence.outcome(key).rawValue)), so that the token is not in it proves nothing: run again")
        }
        return Finding(
            .attempt, .holds,
            "\(host) saw the token in \(form.title) \(way.title), and it was not in what the guest read")
    }

    private static func read(_ probe: ProbeOutcome?) -> [UInt8] { Array((probe?.observation?.received ?? []).joined()) }

    /// Whether one of the proxies said no.
    private static func isRefused(_ read: [UInt8]) -> Bool {
        [HTTPAnswer.pipelockMarker, HTTPAnswer.egressMarker].contains { marker in
            [403, 405, 501].contains { HTTPAnswer.any(in: read, carries: marker, status: $0) }
        }
    }
}
