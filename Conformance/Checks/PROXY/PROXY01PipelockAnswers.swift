// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROXY-01: pipelock answers the guest, and it is pipelock that answers.
package struct PROXY01PipelockAnswers: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROXY-01",
        title: "pipelock answers HTTP on the bundle's port 8888",
        statement: "Pipelock MUST answer HTTP on port 8888 of the bundle's address from inside the guest.",
        why:
            "It is the only way out. \"Not refused\" is not enough: a dead port behind a forwarder accepts connections, "
            + "and a bundle without a route times out.",
        probed:
            "The guest asks for /health by address, with no proxy variable in play; status, pipelock's own header, its "
            + "body and its log are checked. The same request to a closed port of the bundle must not be answered, and the "
            + "same request inside the bundle must be.",
        remedy:
            "Wait for pipelock to be healthy before the guest starts, listen on the bundle's address, and route it from "
            + "the guest.",
        profiles: .seedProfiles,
        mutants: ["noproxy": .violated, "tcpsink": .violated, "blackhole": .violated, "mutelog": .inconclusive]
    )

    /// A port of the bundle where nothing listens.
    private static let closedPort: UInt16 = 8889

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let address = declaration.description.bundleAddress
        let (health, closed, inside) = (Nonce.fresh(), Nonce.fresh(), Nonce.fresh())
        declaration.probe("health", nonce: health, .exchange(Requests.health(health, at: address)))
        declaration.probe(
            "closed", nonce: closed, .exchange(Requests.health(closed, at: address, port: Self.closedPort)))
        declaration.probe(
            "inside", nonce: inside, target: .bundle, phase: .after,
            .exchange(Requests.health(inside, at: "127.0.0.1")))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let address = "\(scene.description.bundleAddress):\(Contract.pipelockPort)"
        var findings = [health(evidence, address)]
        if findings.first?.state == .holds { findings.append(log(evidence, scene)) }
        findings += [closed(evidence), inside(evidence)]
        return .concluding(findings, pass: "pipelock answered the guest at \(address), and its own log shows it")
    }

    private func health(_ evidence: Evidence, _ address: String) -> Finding {
        if let answer = evidence.answer("health") {
            return answer.isHealthyPipelock
                ? Finding(.fact, .holds, "the guest got pipelock's health from \(address)")
                : Finding(
                    .fact, .leak, "HTTP \(answer.status) came back from \(address), but not from a healthy pipelock")
        }
        let outcome = evidence.outcome("health")
        switch outcome {
        case .noRun, .nameFail:
            return Finding(.fact, .missing, "no whole answer of the probe about \(address): run again")
        case .timeout where !isDefinite(evidence.outcome("inside")):
            return Finding(
                .fact, .missing,
                "\(address) did not answer in time, and the bundle did not answer itself either: run again")
        default:
            return Finding(.fact, .leak, "pipelock did not answer the guest at \(address): \(outcome.rawValue)")
        }
    }

    /// The bundle gave some answer about its own port in time, so the guest's silence is not a slow machine's.
    private func isDefinite(_ outcome: Outcome) -> Bool { ![.noRun, .nameFail, .timeout].contains(outcome) }

    private func log(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        guard let nonce = evidence.probe("health")?.step.nonce, let line = scene.log(of: "pipelock", shows: nonce)
        else {
            return Finding(
                .witness, .missing,
                "pipelock's log does not show the guest's request, so something else may have answered: let the driver "
                    + "deliver the daemon's whole log")
        }
        // A request of the bundle to its own address has that address as its source.
        let own = ["127.", "[::1]"] + [scene.plan.addresses.bundle, scene.description.bundleAddress].map { "\($0):" }
        return line.client.isEmpty || own.contains(where: line.client.hasPrefix)
            ? Finding(
                .witness, .missing,
                "pipelock's log shows the request coming from \"\(line.client)\" and not from the guest: "
                    + "run it in the guest"
            )
            : Finding(.witness, .holds, "pipelock's log shows the request coming from \(line.client)")
    }

    private func closed(_ evidence: Evidence) -> Finding {
        let outcome = evidence.outcome("closed")
        guard evidence.answer("closed") == nil, outcome != .noRun, outcome != .reached else {
            return Finding(
                .fact, .missing,
                "the same request to the closed port \(Self.closedPort) ended \(outcome.rawValue) instead of unanswered, so "
                    + "an answer proves little")
        }
        return Finding(
            .fact, .holds, "the same request to the closed port \(Self.closedPort) ended \(outcome.rawValue)")
    }

    private func inside(_ evidence: Evidence) -> Finding {
        if evidence.answer("inside")?.isHealthyPipelock == true {
            return Finding(.fact, .holds, "the same request succeeded inside the bundle")
        }
        let outcome = evidence.outcome("inside")
        guard isDefinite(outcome) else {
            return Finding(
                .fact, .missing,
                "the same request inside the bundle ended \(outcome.rawValue): let the driver offer bundle-exec")
        }
        return Finding(.fact, .leak, "pipelock did not answer inside its own bundle either: \(outcome.rawValue)")
    }
}
