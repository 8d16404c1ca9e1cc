// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// RENDER-02: the guest may reach the bundle's address, and that is what the backend's tool is told.
package struct RENDER02AllowlistIsBundle: Check {
    package init() {}

    package let requirement = Requirement(
        id: "RENDER-02",
        title: "the guest's allowlist is the bundle's address alone",
        statement:
            "The networks that a plan lets the guest reach MUST be exactly the bundle's address as a /32, and exactly that "
            + "MUST reach the call that creates the guest.",
        why:
            "An allowlist that is a little too wide looks like one that works, and an empty one means \"everything\" to "
            + "some engines.",
        probed:
            "The driver plans bottles with and without an allowlist of hosts and with every combination of sidecars. The "
            + "plan's networks, the lists in its create call and in the files it renders for the backend's tool are "
            + "compared with the address that follows from the slug.",
        remedy:
            "Derive the list from the bundle's address in one place and hand that value on; never widen it for a sidecar, a "
            + "resolver or the host.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["slash24": .violated, "emptyallow": .violated]
    )

    private static let scenes = PlanScene.features + PlanScene.standard

    package func declarePlans(_ declaration: inout PlanDeclaration) {
        declaration.plans(Self.scenes, artefacts: [.smolvmSmolfile])
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        let findings = Self.scenes.flatMap { scene in
            evidence.compare(scene.name, holds: "the guest may reach the bundle's address and nothing else") {
                Self.differences($0, $1)
            } + (evidence.hello.kind == .microvm ? Self.gaps(scene.name, evidence) : [])
        }
        return .concluding(
            findings, pass: "in \(Self.scenes.count) plans the guest may reach the bundle's address and nothing else")
    }

    private static func differences(_ report: PlanReport, _ expected: ExpectedPlan) -> [String] {
        var found = [difference("the list of networks", report.allowCIDRs, wanted: expected.allow)]
        // Other tools have no such list; what their guests may reach is RENDER-07's.
        for call in ToolCall.creating(report.commands) where call.isSmolvm {
            let values = call.smolvmValues(of: "--allow-cidr")
            found.append(difference("the list that the call \(call.name) is given", values, wanted: expected.allow))
        }
        for artefact in report.artefacts where artefact.kind == .smolvmSmolfile {
            let values = RenderedFile(artefact).value?[path: "network", "allow_cidrs"]?.texts
            found.append(difference("the list in \(artefact.kind)", values ?? [], wanted: expected.allow))
        }
        return found.compactMap(\.self)
    }

    /// A microVM without a network list in its create call has whatever its tool thinks best.
    private static func gaps(_ key: String, _ evidence: Evidence) -> [Finding] {
        guard case .report(let report, _) = evidence.planned(key), ToolCall.creating(report.commands).isEmpty else {
            return []
        }
        return [Finding(.fact, .missing, "\(key): the plan has no call that creates the machine: list it")]
    }
}
