// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// NET-16: the policy read back from the running backend is the declared one, and the host's resolver is out of reach.
package struct NET16EffectivePolicy: Check {
    package init() {}

    package let requirement = Requirement(
        id: "NET-16",
        title: "the effective network policy equals the declared one",
        statement:
            "The policy read back from the running backend MUST equal the declared one: the bundle's address and nothing "
            + "else, and no added resolver.",
        why:
            "Backends add what they find useful: the host's resolver, a default rule, a convenience port. What was asked "
            + "for is not what runs until it has been read back.",
        probed:
            "The read-back allowlist and resolvers are compared with the plan; a seeded foreign entry must be found by the "
            + "same comparison, and the open twin must read back differently. The guest tries the host's resolver on TCP "
            + "53, UDP 53 and TCP 80, and its proxy variables may name the bundle only.",
        remedy:
            "Find out which component adds the entry (some runtimes add the host's resolver to any allowlist), switch that "
            + "off, and assert the effective policy before the guest starts.",
        profiles: .gateProfiles,
        mutants: [
            "autoresolver": .violated, "cidronly": .violated, "open": .violated, "v6open": .violated,
            "plainbridge": .violated,
            "internalbridge": .violated, "sharednet": .violated, "closedtwin": .inconclusive, "echoplan": .inconclusive,
        ]
    )

    private static let needs = [
        CanaryNeed(.hostResolver, .tcp, 53), CanaryNeed(.hostResolver, .udp, 53), CanaryNeed(.hostResolver, .tcp, 80),
    ]
    /// A documentation prefix that no plan contains.
    private static let seeded = "192.0.2.0/24"
    private static let proxyVariables: Set<String> = ["http_proxy", "https_proxy", "all_proxy", "ftp_proxy"]

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        declaration.attempt(Self.needs.aims(in: declaration.field))
        guard declaration.session == .bottle else { return }
        declaration.askHealth()
        declaration.probe("environment", .environment)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let denial = Denial(
            attempts: Self.needs.aims(in: scene.field).attempts(evidence), permitted: Declaration.health(evidence),
            gaps: Self.needs.gaps(in: scene.field))
        return denial.judge(
            evidence, with: policy(scene) + control(evidence, scene) + environment(evidence, scene),
            pass:
                "the running backend allows \(scene.plan.allowCIDRs.joined(separator: ", ")) and nothing else\(evidence.onlyAsAgent)"
        )
    }

    private static func networks(_ allow: [String]) -> Set<String> {
        Set(allow.map { $0.contains("/") ? $0 : $0 + ($0.contains(":") ? "/128" : "/32") })
    }

    /// What the effective policy has too much or too little, each as a sentence.
    static func differences(allow: [String], resolvers: [String], plan: BottlePlan) -> [String] {
        let declared = Set(plan.allowCIDRs)
        let effective = networks(allow)
        // The bundle's own address gives a resolver nothing that the allowlist does not.
        let added = Set(resolvers).subtracting([plan.addresses.bundle])
        return effective.subtracting(declared).sorted().map {
            "the running backend lets the guest reach \($0), which was not declared"
        }
            + declared.subtracting(effective).sorted().map {
                "the running backend does not let the guest reach \($0), which was declared"
            }
            + added.sorted().map { "the guest is configured with the resolver \($0), which was not declared" }
    }

    private func policy(_ scene: SessionScene) -> [Finding] {
        let found = Self.differences(
            allow: scene.description.effectiveAllow, resolvers: scene.description.effectiveResolvers, plan: scene.plan)
        guard found.isEmpty else { return found.map { Finding(.fact, .leak, $0) } }
        return [
            Finding(
                .fact, .holds,
                "read back from the backend: allow \(scene.plan.allowCIDRs.joined(separator: ", ")), no added resolver")
        ]
    }

    /// The comparison finds what is foreign, and what is compared is not a constant.
    private func control(_ evidence: Evidence, _ scene: SessionScene) -> [Finding] {
        let extra = Self.differences(
            allow: scene.description.effectiveAllow + [Self.seeded], resolvers: [], plan: scene.plan)
        guard extra.contains(where: { $0.contains(Self.seeded) }) else {
            return [Finding(.fact, .missing, "the comparison did not find a seeded foreign entry")]
        }
        guard let twin = evidence.scene(.twin) else {
            return [Finding(.twin, .missing, evidence.absence(of: .twin) ?? "nothing is known of the open twin")]
        }
        // A read-back that is merely empty or short is different as well, but it is not open.
        let open = Self.networks(twin.description.effectiveAllow).subtracting(twin.plan.allowCIDRs)
        return [
            open.isEmpty
                ? Finding(
                    .twin, .missing,
                    "the open twin reads back nothing beyond the closed policy, so the backend may report what was asked "
                        + "for and not what runs: read it back from the kernel or the engine")
                : Finding(.twin, .holds, "the open twin reads back an open policy: \(open.count) destinations more")
        ]
    }

    private func environment(_ evidence: Evidence, _ scene: SessionScene) -> [Finding] {
        guard let observation = evidence.probe("environment")?.observation, !observation.killed,
            observation.stage == .done
        else {
            return [Finding(.fact, .missing, "the environment of an exec could not be read: run again")]
        }
        let wanted = "http://\(scene.plan.addresses.bundle):\(Contract.pipelockPort)"
        let reported = scene.description.environment.map { ($0.key, $0.value) }
        let actual = observation.facts.filter { $0.key.hasPrefix("env.") }.map {
            (String($0.key.dropFirst(4)), $0.value)
        }
        let foreign = (reported + actual)
            .filter { Self.proxyVariables.contains($0.0.lowercased()) && $0.1 != wanted }.map(\.0)
        guard foreign.isEmpty else {
            let names = Set(foreign).sorted().joined(separator: ", ")
            return [Finding(.fact, .leak, "\(names) in the guest names another proxy than the bundle's \(wanted)")]
        }
        return [Finding(.fact, .holds, "no proxy variable in the guest names anything but the bundle")]
    }
}
