// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-11: the guest uses the proxy and does not administer it.
package struct PROXY11NoAdminSurface: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-11",
        title: "no admin surface of the proxy is the guest's",
        statement:
            "Admin, kill-switch, session, metrics, configuration and reload surfaces MUST NOT be usable from the guest, and "
            + "identity headers that the guest sends MUST be ignored.",
        why:
            "Proxies serve their own administration on the port that they proxy on unless they are told otherwise. Whoever "
            + "may pause the policy has none, and metrics tell which hosts others asked for.",
        probed:
            "The guest asks pipelock itself for every path under which proxies of its kind are administered, by GET and by "
            + "POST, and asks an allowed host under the name of another agent. Nothing but a refusal may come back, the "
            + "state that /health shows must be the same afterwards, a denied host must still be denied, and the log must "
            + "name the guest's own address.",
        remedy:
            "Serve administration on another listener that the guest has no way to (metrics_listen, and no API at all), and "
            + "take a client's identity from its address alone.",
        profiles: .fullProfiles,
        mutants: ["adminopen": .violated]
    )

    private static let paths = [
        "/api/v1/status", "/api/v1/config", "/api/v1/killswitch", "/api/v1/killswitch/status", "/api/v1/sessions",
        "/api/v1/reload", "/api/v1/allowlist", "/admin", "/admin/reload", "/config", "/reload", "/-/reload", "/-/quit",
        "/metrics", "/stats", "/debug/pprof/", "/debug/vars", "/status", "/shutdown", "/sessions",
    ]
    private static let methods = ["GET", "POST"]
    private static let identity = [
        "X-Pipelock-Agent: somebody-else", "X-Pipelock-Session: 1", "X-Forwarded-For: 127.0.0.1",
        "X-Real-IP: 127.0.0.1",
        "Forwarded: for=127.0.0.1",
    ]

    private static func key(_ method: String, _ path: String) -> String { "\(method) \(path)" }

    private static func ask(_ method: String, _ path: String, _ nonce: Nonce, _ bundle: String) -> Exchange {
        let host = "\(bundle):\(Contract.pipelockPort)"
        let body = method == "POST" ? "{\"active\":true,\"enabled\":false}" : ""
        let length = body.isEmpty ? "" : "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        return Exchange(
            .tcp, bundle, Contract.pipelockPort,
            turns: [
                Requests.turn(
                    "\(method) \(path)?n=\(nonce) HTTP/1.1\r\nHost: \(host)\r\n\(length)Connection: close\r\n\r\n\(body)"
                )
            ])
    }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let (field, bundle) = (declaration.field, declaration.description.bundleAddress)
        for (key, phase) in [("before", ProbeStep.Phase.before), ("after", .after)] {
            let nonce = Nonce.fresh()
            declaration.probe(
                "health-\(key)", nonce: nonce, phase: phase, .exchange(Requests.health(nonce, at: bundle)))
        }
        for path in Self.paths {
            for method in Self.methods {
                let nonce = Nonce.fresh()
                declaration.probe(
                    Self.key(method, path), nonce: nonce, .exchange(Self.ask(method, path, nonce, bundle)))
            }
        }
        let (posing, denied) = (Nonce.fresh(), Nonce.fresh())
        declaration.probe(
            "posing", nonce: posing,
            .exchange(
                Requests.absolute(
                    field.allowedHost, posing, via: bundle, path: "/\(posing)?agent=somebody-else",
                    headers: Self.identity)))
        declaration.probe(
            "denied", nonce: denied, phase: .after, .exchange(Requests.absolute(field.deniedHost, denied, via: bundle)))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let surfaces = Self.paths.flatMap { path in Self.methods.map { surface($0, path, evidence) } }
        return .concluding(
            condensed(surfaces) + [state(evidence), stillDenied(evidence), attributed(evidence, scene)],
            pass:
                "\(surfaces.count) requests for administration were refused, and the guest is known by its address alone"
        )
    }

    private func surface(_ method: String, _ path: String, _ evidence: Evidence) -> Finding {
        let key = Self.key(method, path)
        guard let answer = evidence.answer(key) else {
            let outcome = evidence.outcome(key)
            // A connection that is closed without a word offers nothing either.
            return [.halfOpen, .refused, .denied].contains(outcome)
                ? Finding(.attempt, .holds, "\(key) was not answered")
                : Finding(.attempt, .missing, "\(key) ended \(outcome.rawValue): run again")
        }
        return answer.status >= 400
            ? Finding(.attempt, .holds, "\(key) was refused with \(answer.status)")
            : Finding(.attempt, .leak, "\(key) was answered with HTTP \(answer.status) on the guest's own port")
    }

    private func condensed(_ findings: [Finding]) -> [Finding] {
        let others = findings.filter { $0.state != .holds }
        let refused = findings.count - others.count
        return others
            + (refused > 0 ? [Finding(.attempt, .holds, "\(refused) requests for administration were refused")] : [])
    }

    /// What /health says of the policy, numbers that grow with time and use left out.
    private func state(_ evidence: Evidence) -> Finding {
        let texts = ["before", "after"].map { moment -> String? in
            guard let answer = evidence.answer("health-\(moment)"), answer.isHealthyPipelock else { return nil }
            let text = String(decoding: answer.body, as: UTF8.self)
                .trimmingPrefix { $0 == "{" || $0.isWhitespace }
                .replacing("}", with: "").replacing("\n", with: "")
            return text.split(separator: ",").filter {
                $0.contains("\":\"") || $0.hasSuffix("true") || $0.hasSuffix("false")
            }
            .joined(separator: ",")
        }
        guard let before = texts[0], let after = texts[1] else {
            return Finding(
                .permitted, .missing, "pipelock's /health did not answer before and after: make PROXY-01 pass first")
        }
        return before == after
            ? Finding(
                .permitted, .holds, "pipelock answers the same probe on /health, and says the same of itself afterwards"
            )
            : Finding(
                .attempt, .leak, "pipelock says something else of itself afterwards: \(Quoted(after, limit: 200))")
    }

    private func stillDenied(_ evidence: Evidence) -> Finding {
        let outcome = evidence.outcome("denied")
        switch outcome {
        case .denied: return Finding(.attempt, .holds, "a denied host is denied afterwards as well")
        case .reached:
            return Finding(.attempt, .leak, "a denied host was reached after the guest had asked for administration")
        default:
            return Finding(
                .attempt, .missing, "a denied host ended \(outcome.rawValue) afterwards: make PROXY-03 pass first")
        }
    }

    private func attributed(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        guard let nonce = evidence.probe("posing")?.step.nonce, let line = scene.log(of: "pipelock", shows: nonce)
        else {
            return Finding(
                .witness, .missing, "pipelock's log does not show the request under another agent's name: run again")
        }
        let own = scene.own.probes["health-before"].flatMap { scene.log(of: "pipelock", shows: $0.step.nonce) }
        let host = WitnessRecord(canary: "", time: 0, peer: line.client, nonces: [], bytes: []).peerHost
        guard let own else {
            return Finding(.witness, .missing, "pipelock's log does not show the guest's own request either: run again")
        }
        let real = WitnessRecord(canary: "", time: 0, peer: own.client, nonces: [], bytes: []).peerHost
        let claimed = "\(line.client) \(line.detail ?? "")".contains("somebody-else")
        return host == real && !claimed
            ? Finding(.witness, .holds, "pipelock's log names the guest's own address, \(host), whatever it claimed")
            : Finding(
                .witness, .leak, "pipelock took the guest's word for who it is: \(Quoted(line.client, limit: 80))")
    }
}
