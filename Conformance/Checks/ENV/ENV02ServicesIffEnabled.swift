// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// ENV-02: the addresses of git-gate and supervise are planned exactly when the bottle has them.
package struct ENV02ServicesIffEnabled: Check {
    package init() {}

    package let requirement = Requirement(
        id: "ENV-02",
        title: "git and supervise are announced exactly when they run",
        statement:
            "The planned guest environment MUST hold GIT_GATE_URL as git://<bundle>:9418 exactly when the bottle declares a "
            + "git upstream, and MCP_SUPERVISE_URL as http://<bundle>:9100 exactly when it enables supervise.",
        why:
            "An address of something that does not run sends the agent against a closed port; a missing one makes it look "
            + "for another way out.",
        probed:
            "The driver plans the four combinations of git and supervise, with and without routes, and both variables are "
            + "looked for in each.",
        remedy: "Derive each variable from the feature that it announces, and from nothing else.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["alwaysenv": .violated]
    )

    package func declarePlans(_ declaration: inout PlanDeclaration) { declaration.plans(PlanScene.features) }

    package func judge(_ evidence: Evidence) -> Judgement {
        let findings = PlanScene.features.flatMap { scene in
            evidence.compare(scene.name, holds: "git and supervise are announced as declared") { report, expected in
                expected.services.sorted { $0.key < $1.key }.compactMap { name, value in
                    difference(name, report.plan.guestEnvironment[name], wanted: value)
                }
            }
        }
        return .concluding(findings, pass: "each of 8 combinations announces git and supervise exactly where they are")
    }
}
