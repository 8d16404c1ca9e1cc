// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// Proof, from inside the bundle, that its daemons are alive: without it a denial by them proves nothing.
enum DaemonLife {
    private static let egressKeys: [(key: String, phase: ProbeStep.Phase)] = [
        ("egress-alive-before", .before), ("egress-alive-after", .after),
    ]
    private static let pipelockKey = "pipelock-alive"

    /// Asks egress on the bundle's own loopback, before and after everything the guest tries.
    static func declareEgress(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        for (key, phase) in egressKeys {
            let nonce = Nonce.fresh()
            let port = Contract.egressPort
            declaration.probe(
                key, nonce: nonce, target: .bundle, phase: phase,
                .exchange(Requests.get("/\(nonce)", host: "127.0.0.1:\(port)", to: "127.0.0.1", port)))
        }
    }

    /// Asks pipelock on the bundle's own loopback, after everything the guest tries.
    static func declarePipelock(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let nonce = Nonce.fresh()
        declaration.probe(
            pipelockKey, nonce: nonce, target: .bundle, phase: .after,
            .exchange(Requests.health(nonce, at: "127.0.0.1")))
    }

    /// Egress runs, answers inside the bundle, and its log shows that it did.
    static func egress(_ evidence: Evidence, _ scene: SessionScene) -> [Finding] {
        var findings = [running("egress", scene)]
        for (key, phase) in egressKeys {
            let answered = evidence.answer(key)?.header(HTTPAnswer.egressMarker) != nil
            let moment = "\(phase.rawValue) the attempts"
            findings.append(
                answered
                    ? Finding(
                        .target, .holds,
                        "egress answered inside the bundle on 127.0.0.1:\(Contract.egressPort) \(moment)")
                    : Finding(
                        .target, .missing,
                        "egress did not answer inside the bundle \(moment) (\(evidence.outcome(key).rawValue)), so that nobody "
                            + "reaches it proves nothing: start it, and let the driver offer bundle-exec"))
        }
        let logged = egressKeys.allSatisfy { key, _ in
            evidence.probe(key).flatMap { scene.log(of: "egress", shows: $0.step.nonce) } != nil
        }
        findings.append(
            logged
                ? Finding(
                    .witness, .holds, "egress's own log is whole: it shows what came before and after the attempts")
                : Finding(
                    .witness, .missing,
                    "egress's log does not show the requests that were made inside the bundle before and after the "
                        + "attempts, so its silence proves nothing: let the driver deliver the daemon's whole log"))
        return findings
    }

    /// Pipelock runs and answers inside the bundle.
    static func pipelock(_ evidence: Evidence, _ scene: SessionScene) -> [Finding] {
        let alive = evidence.answer(pipelockKey)?.isHealthyPipelock == true
        return [
            running("pipelock", scene),
            alive
                ? Finding(.fact, .holds, "pipelock answered inside the bundle on 127.0.0.1:\(Contract.pipelockPort)")
                : Finding(
                    .fact, .missing,
                    "pipelock did not answer inside the bundle (\(evidence.outcome(pipelockKey).rawValue)): "
                        + "make PROXY-01 pass first"),
        ]
    }

    /// Egress listens on the bundle's loopback and nowhere else, by the bundle's own table.
    static func listeners(_ scene: SessionScene) -> [Finding] {
        let port = ":\(Contract.egressPort)"
        let own = scene.description.bundleListeners.filter { $0.hasPrefix("tcp") && $0.hasSuffix(port) }
        guard !own.isEmpty else {
            return [
                Finding(
                    .target, .missing,
                    "the bundle's table of listening sockets does not show egress on port \(Contract.egressPort): "
                        + "let the driver read it back whole")
            ]
        }
        let exposed = own.filter { listener in
            let address = listener.split(separator: " ").last?.dropLast(port.count) ?? ""
            return !["[::1]", "::1"].contains(address) && !address.hasPrefix("127.")
                && !address.hasPrefix("[::ffff:127.")
        }
        return exposed.isEmpty
            ? [Finding(.target, .holds, "egress listens on \(own.joined(separator: ", ")) only")]
            : exposed.map {
                Finding(.target, .leak, "egress listens on \($0) in the bundle, and not on its loopback only")
            }
    }

    private static func running(_ daemon: String, _ scene: SessionScene) -> Finding {
        scene.description.runningDaemons.contains(daemon)
            ? Finding(.fact, .holds, "\(daemon) is running by the backend's word")
            : Finding(.fact, .missing, "\(daemon) is not running by the backend's word: start it")
    }
}
