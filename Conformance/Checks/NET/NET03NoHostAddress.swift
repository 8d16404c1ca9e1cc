// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// NET-03: no address of the host answers the guest.
package struct NET03NoHostAddress: Check {
    package init() {}

    package let requirement = Requirement(
        id: "NET-03",
        title: "no host address is reachable from the guest",
        statement:
            "No address of the host MUST be reachable from the guest: not the gateway of its own link, not any other "
            + "interface of the host, over IPv4 or IPv6, TCP or UDP.",
        why:
            "What listens on a developer's machine listens for friends: development servers, sharing services, container "
            + "engines. A bridge gateway is the host under another name.",
        probed:
            "The guest connects over TCP and sends over UDP to canaries on the gateway address and on the host's other "
            + "addresses, on a random port; the open twin shows that they could be reached. Where guests have no IPv6 at "
            + "all, the routes of the guest and of the open twin have to show it.",
        remedy:
            "Do not give the guest a route to the gateway: isolate the bridge from the host, and drop what the guest sends "
            + "to the host's own addresses, for both families.",
        profiles: .gateProfiles,
        mutants: [
            "gwopen": .violated, "open": .violated, "v6open": .violated, "hostnet": .violated,
            "plainbridge": .violated, "internalbridge": .violated, "closedtwin": .inconclusive,
        ]
    )

    private static let needs = [
        CanaryNeed(.gateway, .tcp), CanaryNeed(.gateway, .udp),
        CanaryNeed(.hostInterface, .tcp), CanaryNeed(.hostInterface, .udp),
        CanaryNeed(.hostInterfaceV6, .tcp), CanaryNeed(.hostInterfaceV6, .udp, optional: true),
    ]

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        declaration.attempt(Self.needs.aims(in: declaration.field))
        if declaration.session == .bottle { declaration.askHealth() }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let aims = Self.needs.aims(in: scene.field)
        let denial = Denial(
            attempts: aims.attempts(evidence), permitted: Declaration.health(evidence),
            gaps: Self.needs.gaps(in: scene.field))
        return denial.judge(
            evidence, with: IPv6Absence.findings(evidence, aims),
            pass:
                "no address of the host answered the guest over TCP or UDP"
                + evidence.onlyAsAgent + IPv6Absence.note(evidence))
    }
}
