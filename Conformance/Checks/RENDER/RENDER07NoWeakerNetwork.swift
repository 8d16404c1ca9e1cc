// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// RENDER-07: nothing that the backend's tool is told opens the guest beyond its bundle.
package struct RENDER07NoWeakerNetwork: Check {
    package init() {}

    package let requirement = Requirement(
        id: "RENDER-07",
        title: "no weaker network mode reaches the backend's tool",
        statement:
            "The call or file that creates the guest MUST NOT hold a network mode without the policy, a host network, a "
            + "published port, a further volume, a socket or an agent of the host, or two inputs of which only one counts. "
            + "A gvproxy configuration MUST take the guest's card over unixgram, resolve proxy.internal and no other name, "
            + "forward exactly the active sidecars (8888, 8889, 8890) and translate no address to loopback.",
        why:
            "The policy is one flag among many, and the others undo it: a second network, a port published for "
            + "convenience, gvproxy's own default of translating to the host's loopback.",
        probed:
            "The driver plans every combination of routes, git and supervise. Each option of the call that creates a "
            + "machine has to be one of those that a bottle needs; a compose file, a Smolfile and a gvproxy.yaml are read "
            + "by an independent parser, key by key.",
        remedy:
            "Give the tool the flags of the policy and no others. An engine's default is not safe because it is a default: "
            + "say internal, say the resolver, say the translation.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["extraflag": .violated, "natloop": .violated]
    )

    package func declarePlans(_ declaration: inout PlanDeclaration) {
        declaration.plans(PlanScene.features, artefacts: [.smolfile, .smolvmSmolfile, .gvproxy, .compose])
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        let findings = PlanScene.features.flatMap { scene -> [Finding] in
            if case .report(let report, _) = evidence.planned(scene.name), Self.isSilent(report) {
                return [Finding(.fact, .missing, "\(scene.name): the plan has no call or file that creates the guest")]
            }
            return evidence.compare(scene.name, holds: "nothing opens the guest beyond its bundle") {
                report, expected in
                Self.differences(report, expected)
            }
        }
        let isSilent = findings.count == PlanScene.features.count && findings.allSatisfy { $0.state == .missing }
        let isPlanned = PlanScene.features.allSatisfy { evidence.plans[$0.name]?.report != nil }
        // Namespaces are made by the backend itself, without a tool that could be told something.
        if evidence.hello.kind == .namespaces, isSilent, isPlanned {
            return Judgement(
                .notApplicable,
                "the backend makes its namespaces itself, and neither calls a tool nor renders a file for one")
        }
        return .concluding(
            findings, pass: "in \(PlanScene.features.count) plans no option opens the guest beyond its bundle")
    }

    /// Whether a plan tells nothing about how the guest is made.
    private static func isSilent(_ report: PlanReport) -> Bool {
        ToolCall.creating(report.commands).isEmpty && report.artefact(.compose) == nil
            && !report.artefacts.contains { [.smolfile, .smolvmSmolfile, .gvproxy].contains($0.kind) }
    }

    private static func differences(_ report: PlanReport, _ expected: ExpectedPlan) -> [String] {
        var found = report.commands.map(ToolCall.init).flatMap { SmolvmCallRules.differences($0, expected) }
        found += report.commands.map(ToolCall.init).flatMap {
            EngineCallRules.differences($0, machine: report.machineName)
        }
        for artefact in report.artefacts {
            let file = RenderedFile(artefact)
            if let problem = file.problem { found.append(problem) }
            guard let value = file.value else { continue }
            switch artefact.kind {
            case .gvproxy: found += GvproxyRules.differences(value, expected)
            case .compose: found += ComposeRules.differences(value, expected, HostPaths(report))
            case .smolfile: found += SmolfileRules.differences(value, expected)
            case .smolvmSmolfile: found += SmolfileRules.smolvmDifferences(value)
            default: break
            }
        }
        return found
    }
}
