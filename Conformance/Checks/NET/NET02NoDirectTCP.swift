// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// NET-02: no TCP connection leaves for an off-host address except through pipelock.
package struct NET02NoDirectTCP: Check {
    package init() {}

    package let requirement = Requirement(
        id: "NET-02",
        title: "no direct TCP to any off-host destination",
        statement:
            "With proxy variables ignored, no direct TCP connection from the guest MUST reach any off-host destination, "
            + "allowlisted or not; the same allowlisted host MUST work through pipelock.",
        why:
            "Programs that ignore HTTPS_PROXY are the rule, not the exception. If one direct connection gets out, the "
            + "allowlist, the log and the secret scanning are decoration.",
        probed:
            "The guest connects to an off-host canary on ports 22, 80, 443, 8443 and a random one, over IPv4 and IPv6; the "
            + "canary watches, the open twin shows that it could be reached, and the allowed host is fetched through "
            + "pipelock. Where guests have no IPv6 at all, the routes of the guest and of the open twin have to show it.",
        remedy:
            "Route nothing from the guest but the bundle's own address, and enforce it outside the guest; drop the IPv6 "
            + "default route as well.",
        profiles: .gateProfiles,
        mutants: ["open": .violated, "v6open": .violated, "plainbridge": .violated, "closedtwin": .inconclusive]
    )

    private static let needs =
        [22, 80, 443, 8443, nil].map { CanaryNeed(.offHost, .tcp, $0) }
        + [80, nil].map { CanaryNeed(.offHostV6, .tcp, $0) }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        declaration.attempt(aims(declaration.field))
        guard declaration.session == .bottle else { return }
        declaration.askHealth()
        let nonce = Nonce.fresh()
        declaration.probe(
            "allowed", nonce: nonce,
            .exchange(
                Requests.absolute(declaration.field.allowedHost, nonce, via: declaration.description.bundleAddress)))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let proxied = Denial.Permitted(
            key: "allowed", what: "the allowed host \(scene.field.allowedHost) through pipelock",
            proof: .bannerThroughBundle)
        let denial = Denial(
            attempts: aims(scene.field).attempts(evidence), permitted: [proxied] + Declaration.health(evidence),
            gaps: Self.needs.gaps(in: scene.field))
        return denial.judge(
            evidence, with: IPv6Absence.findings(evidence, aims(scene.field)),
            pass:
                "nothing left directly over TCP; the allowed host works through pipelock"
                + evidence.onlyAsAgent + IPv6Absence.note(evidence))
    }

    private func aims(_ field: SessionField) -> [Aim] {
        Self.needs.aims(in: field).map { aim in
            var aim = aim
            aim.deed += ", without the proxy"
            return aim
        }
    }
}
