// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// EGRESS-01: the guest cannot connect to egress, while egress is running.
package struct EGRESS01NotReachableFromGuest: Check {
    package init() {}

    package let requirement = Requirement(
        id: "EGRESS-01",
        title: "egress is not reachable from the guest while it runs",
        statement:
            "Port 9099 of the bundle's address MUST NOT be reachable from the guest while egress is running, and egress "
            + "MUST listen on the bundle's loopback only.",
        why:
            "Egress holds the real credentials and adds them to what passes through it. A guest that reaches it directly "
            + "skips the allowlist and the scanning, with the keys attached.",
        probed:
            "The guest asks egress for a fresh path; egress's own log must not show it. Inside the bundle egress must "
            + "answer before and after, or the silence is worth nothing; the guest must reach pipelock next door, and the "
            + "open twin must reach egress.",
        remedy: "Let egress listen on 127.0.0.1 (and [::1]) of the bundle only, never on all addresses.",
        profiles: .seedProfiles,
        mutants: [
            "egress0000": .violated, "egressoff": .inconclusive, "closedtwin": .inconclusive, "mutelog": .inconclusive,
            "mutetable": .inconclusive,
        ]
    )

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        declaration.attempt([aim(declaration.description.bundleAddress)])
        guard declaration.session == .bottle else { return }
        declaration.askHealth()
        DaemonLife.declareEgress(&declaration)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let denial = Denial(
            attempts: [aim(scene.description.bundleAddress)].attempts(evidence),
            permitted: Declaration.health(evidence), sign: .header(HTTPAnswer.egressMarker), logDaemon: "egress",
            targetProvenElsewhere: true)
        // A daemon that is down explains every other gap, so it comes first.
        return .concluding(
            DaemonLife.egress(evidence, scene) + denial.findings(evidence) + DaemonLife.listeners(scene),
            pass: "egress runs, and the guest cannot reach it\(evidence.onlyAsAgent)")
    }

    private func aim(_ bundle: String) -> Aim {
        let port = Contract.egressPort
        return Aim(key: "egress", deed: "egress at \(bundle):\(port) directly over TCP", watchers: []) { nonce in
            Requests.get("/\(nonce)", host: "\(bundle):\(port)", to: bundle, port)
        }
    }
}
