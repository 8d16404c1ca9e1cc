// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// EGRESS-08: what egress needs for its routes is planned exactly when there are routes.
package struct EGRESS08CredentialsIffRoutes: Check {
    package init() {}

    package let requirement = Requirement(
        id: "EGRESS-08",
        title: "routes, egress's CA and token slots exist with routes only",
        statement:
            "The plan MUST hold the routes, egress's certificate authority, its upstream and a slot for each token exactly "
            + "when the bottle declares routes. A slot MUST be the bare name of the token's variable, never a value, not "
            + "even an empty one. A token that a route needs and the host does not have MUST fail the launch.",
        why:
            "A certificate authority that nobody needs is a key that can be stolen. A slot with an empty value starts an "
            + "egress that injects nothing, and looks like one that works.",
        probed:
            "The driver plans every combination of routes, git and supervise: the plans of egress and of the bundle, the "
            + "rendered files and the calls of the backend's tools are looked through for routes, authority, upstream and "
            + "names of tokens. A launch without the token that its route needs must be refused by the variable's name, one "
            + "with it must come up.",
        remedy:
            "Derive all four from the list of routes, and hand token values to the bundle's init on its standard input, "
            + "never as a variable of the engine.",
        scope: .host,
        profiles: .fullProfiles,
        mutants: ["alwaysca": .violated, "emptytoken": .violated, "tokenless": .violated]
    )

    package func declarePlans(_ declaration: inout PlanDeclaration) {
        declaration.plans(PlanScene.features, artefacts: [.routes])
    }

    package func declareTrials(_ declaration: inout TrialDeclaration) {
        declaration.run("missing", .missingToken)
        declaration.run("plain", .plain)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        let rendersRoutes = evidence.hello.artefacts.contains(Artefact.Kind.routes.rawValue)
        let findings = PlanScene.features.flatMap { scene -> [Finding] in
            let has = scene.manifest.bottles.values.contains { !$0.routes.isEmpty }
            var gaps: [Finding] = []
            if rendersRoutes, has, case .report(let report, _) = evidence.planned(scene.name),
                report.artefact(.routes) == nil
            {
                let why = "\(scene.name): the driver says that it renders routes, and the plan has no such file"
                gaps.append(Finding(.fact, .missing, why))
            }
            return gaps
                + evidence.compare(scene.name, holds: "egress has what its routes need, and nothing without them") {
                    Self.differences($0, $1)
                }
        }
        let pass =
            "in each of \(PlanScene.features.count) combinations credentials follow from routes, and a missing token ends the "
            + "launch by its name"
        let launches = HostFindings.judge(evidence, ["missing", "plain"], pass: pass) { outcomes in
            guard let missing = outcomes["missing"] else { return [] }
            return HostFindings.refused(
                "first", missing, why: "without the token that its route needs", words: [HostTrial.tokenVariable])
                + [HostFindings.nothingLeft(missing), HostFindings.launched("first", outcomes["plain"])]
        }
        return .concluding(findings + launches.findings, pass: pass)
    }

    private static func differences(_ report: PlanReport, _ expected: ExpectedPlan) -> [String] {
        let has = !expected.bottle.routes.isEmpty
        let egress = report.sidecars.egress
        let places = report.bundle.mounts.map(\.target)
        let wanted = expected.tokens
        var found = [
            presence("a file of routes", egress.config != nil, wanted: has),
            presence("a certificate authority of egress", egress.authority != nil, wanted: has),
            presence("a mount of egress's certificate", places.contains("/etc/bottle/egress-ca.pem"), wanted: has),
            presence("a mount of egress's key", places.contains("/etc/bottle/egress-ca-key.pem"), wanted: has),
            presence("a mount of the routes", places.contains("/etc/bottle/routes.yaml"), wanted: has),
            presence("routes", !egress.routes.isEmpty, wanted: has),
            difference("egress's upstream", egress.upstreamProxy, wanted: has ? "http://127.0.0.1:8888" : nil),
            difference("the slots of egress", egress.tokenVariables.sorted(), wanted: wanted),
            difference("the slots of the bundle", report.bundle.tokenVariables.sorted(), wanted: wanted),
        ]
        if !has {
            found.append(presence("a rendered file of routes", report.artefact(.routes) != nil, wanted: false))
        }
        // Also of tokens that this bottle does not have: a slot is a name.
        let slots = Set(wanted).union(report.bundle.tokenVariables).union(["API_TOKEN", "CACHE_TOKEN"]).sorted()
        for slot in slots where report.bundle.environment[slot] != nil {
            found.append("the bundle's variable \(slot) has a value in the plan, where only its name may stand")
        }
        for call in report.commands {
            for slot in slots where call.argv.contains(where: { $0.contains("\(slot)=") }) {
                found.append("the call \(call.name) gives the variable \(slot) a value")
            }
        }
        return found.compactMap(\.self)
    }

    private static func presence(_ what: String, _ there: Bool, wanted: Bool) -> String? {
        guard there != wanted else { return nil }
        return wanted ? "the plan lacks \(what), though the bottle has routes" : "the plan has \(what), but no route"
    }
}
