// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-02: an allowlisted host works end to end.
package struct PROXY02AllowedHostWorks: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-02",
        title: "an allowed host works, in plain and over verified TLS",
        statement:
            "An allowlisted host MUST work end to end through pipelock, by CONNECT with TLS that the guest can verify, and by "
            + "absolute-form request.",
        why:
            "A sandbox that blocks everything passes every other test. This is the control that a denial elsewhere is a "
            + "decision and not a broken network.",
        probed:
            "The guest fetches a page of the harness's own server by absolute-form request, and one over TLS through CONNECT, "
            + "verified by the certificates that every program in the guest trusts, and compares both byte for byte; the "
            + "server must see each nonce once, from the bundle, the second one over TLS as well.",
        remedy:
            "Give the bundle a resolver and a route out, install the bottle's CA in the guest, put the host on the allowlist that pipelock reads, and check "
            + "pipelock's log for what it refused.",
        profiles: .gateProfiles,
        mutants: ["denyall": .violated, "noca": .violated, "mutelog": .inconclusive]
    )

    private static let entries: [(key: String, title: String, port: UInt16)] = [
        ("get", "by absolute-form request", 80), ("connect", "by CONNECT and TLS", 443),
    ]

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let (host, bundle) = (declaration.field.allowedHost, declaration.description.bundleAddress)
        let (get, connect) = (Nonce.fresh(), Nonce.fresh())
        declaration.probe("get", nonce: get, .exchange(Requests.absolute(host, get, via: bundle)))
        declaration.probe("connect", nonce: connect, .exchange(Requests.secure(host, connect, via: bundle)))
        DaemonLife.declarePipelock(&declaration)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let life = DaemonLife.pipelock(evidence, scene)
        let targets = Self.entries.map { target($0.port, evidence, scene) }
        // Whether the proxy or the far side is to blame for a silence is known only when both are alive.
        let alive = (life + targets).allSatisfy { $0.state == .holds }
        let arrivals = Self.entries.flatMap { arrival($0.key, $0.title, alive: alive, evidence, scene) }
        return .concluding(
            life + targets + arrivals + Self.entries.map { page($0.key, $0.title, evidence, scene) }
                + [secured(evidence, scene), log(evidence, scene)],
            pass:
                "\(scene.field.allowedHost) works through pipelock by absolute-form request and by CONNECT with verified TLS"
        )
    }

    /// The page that the harness's server answers to the request of the `get` probe.
    static func page(banner: String, host: String, nonce: Nonce) -> String {
        "BOTTLE-CANARY \(banner)\nauthorization: none\nhost: \(host)\npath: /\(nonce)\n"
    }

    private func target(_ port: UInt16, _ evidence: Evidence, _ scene: SessionScene) -> Finding {
        let need = CanaryNeed(.offHost, .tcp, port)
        guard let canary = need.canaries(in: scene.field).first else {
            return Finding(.target, .missing, need.gap(in: scene.field) ?? "there is no off-host canary")
        }
        if let fault = evidence.controlFault(of: canary, in: .bottle) { return Finding(.target, .missing, fault) }
        return Finding(.target, .holds, "the server at \(canary.endpoint) answered the harness before and after")
    }

    private func arrival(
        _ key: String, _ title: String, alive: Bool, _ evidence: Evidence, _ scene: SessionScene
    ) -> [Finding] {
        let host = scene.field.allowedHost
        let outcome = evidence.outcome(key)
        guard outcome == .reached else {
            let failed = alive && ![.noRun, .timeout, .nameFail].contains(outcome)
            let refusal = evidence.probe(key)?.observation?.facts["tls.failure"].map { ", TLS: \(Quoted($0))" } ?? ""
            let answer = (evidence.answer(key).map { ", HTTP \($0.status)" } ?? "") + refusal
            return [
                Finding(
                    .fact, failed ? .leak : .missing,
                    "the allowlisted host \(host) did not work \(title): \(outcome.rawValue)\(answer)")
            ]
        }
        let records = evidence.probe(key).map { evidence.records(of: $0.step.nonce.text) } ?? []
        let guests = records.filter { $0.peerHost == scene.plan.addresses.guest }
        return [
            Finding(.fact, .holds, "the guest reached \(host) \(title)"),
            records.count == 1
                ? Finding(.witness, .holds, "\(host) saw the nonce once, from \(records[0].peer)")
                : Finding(
                    .witness, records.isEmpty ? .missing : .leak,
                    "\(host) saw the nonce of the request \(title) \(records.count) times instead of once"),
        ]
            + guests.map {
                Finding(
                    .witness, .leak,
                    "the request \(title) came from the guest itself at \($0.peer), not from the bundle")
            }
    }

    /// It was this bundle's pipelock that carried the request, and not another proxy on the way.
    private func log(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        guard let nonce = evidence.probe("get")?.step.nonce, scene.log(of: "pipelock", shows: nonce) != nil else {
            return Finding(
                .witness, .missing,
                "pipelock's log does not show the absolute-form request, so something else may have carried it: let the "
                    + "driver deliver the daemon's whole log")
        }
        return Finding(.witness, .holds, "pipelock's log shows the absolute-form request")
    }

    private func page(_ key: String, _ title: String, _ evidence: Evidence, _ scene: SessionScene) -> Finding {
        guard evidence.outcome(key) == .reached, let probe = evidence.probe(key),
            let answer = HTTPAnswer(probe.observation?.received.last ?? [])
        else { return Finding(.fact, .missing, "there is no page to compare, \(title)") }
        let (banner, host) = (scene.field.banner, scene.field.allowedHost)
        let digest = SHA256.hex(answer.body)
        let wanted = [host, "\(host):80"].map {
            SHA256.hex(Self.page(banner: banner, host: $0, nonce: probe.step.nonce).utf8)
        }
        return answer.status == 200 && wanted.contains(digest)
            ? Finding(.fact, .holds, "the page arrived whole \(title), with sha256 \(digest)")
            : Finding(
                .fact, .leak,
                "the page of \(host) arrived changed \(title): HTTP \(answer.status), sha256 \(digest) instead of "
                    + wanted[0])
    }

    /// Both ends of the second way spoke TLS, whoever opened it between them.
    private func secured(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        let host = scene.field.allowedHost
        guard evidence.outcome("connect") == .reached, let probe = evidence.probe("connect"),
            let version = probe.observation?.facts["tls"]
        else { return Finding(.fact, .missing, "no TLS with \(host) came to its end in the guest") }
        let names = evidence.records(of: probe.step.nonce.text).map(\.serverName)
        return names == [host]
            ? Finding(.witness, .holds, "the guest verified \(host) over \(version), and \(host) was asked over TLS")
            : Finding(
                .witness, names.isEmpty ? .missing : .leak,
                "\(host) was not asked over TLS for itself: \(names.map { $0 ?? "in plain" }.joined(separator: ", "))")
    }
}
