// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// ENV-03: a manifest's variables pass through, and none of them replaces what the plan computes.
package struct ENV03ComputedKeysWin: Check {
    package init() {}

    package let requirement = Requirement(
        id: "ENV-03",
        title: "the manifest's variables pass, computed ones win",
        statement:
            "A variable of the manifest MUST pass through to the guest unchanged, and no variable of the manifest may "
            + "replace or add one that the plan computes, in upper or lower case: the driver MUST let the computed value "
            + "win, or refuse the manifest. Other variables that steer around pipelock (ALL_PROXY), switch TLS checks off "
            + "or load code into every program SHOULD be refused or left out.",
        why:
            "A manifest comes with a repository. If it may set http_proxy, it decides where the agent's traffic goes, and "
            + "the bottle's own proxy is decoration.",
        probed:
            "The driver plans a bottle whose manifest sets every computed variable to something else, and one for each of "
            + "them; harmless variables beside them have to arrive. Further bottles set what only SHOULD be refused; the "
            + "report says which of them got through.",
        remedy:
            "Merge the manifest's variables first and the computed ones over them, and drop computed names that this bottle "
            + "does not have.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["manifestwins": .violated, "lowercase": .violated]
    )

    /// Where a proxy of somebody else would be.
    private static let elsewhere = "http://198.51.100.9:1"
    private static let harmless = ["EDITOR": "vi", "GREETING": "it's = fine", "lower_case": "stays"]
    /// What only SHOULD be refused, one bottle each: a driver may refuse a whole manifest.
    private static let suspicious = [
        "ALL_PROXY": elsewhere, "all_proxy": elsewhere, "Https_Proxy": elsewhere, "npm_config_proxy": elsewhere,
        "NODE_TLS_REJECT_UNAUTHORIZED": "0", "GIT_SSL_NO_VERIFY": "true", "PYTHONHTTPSVERIFY": "0",
        "LD_PRELOAD": "/tmp/x.so", "NODE_OPTIONS": "--require /tmp/x.js", "BASH_ENV": "/tmp/x.sh",
    ]
    /// Values that are no login and still not the computed ones.
    private static let bad = Dictionary(
        uniqueKeysWithValues: ExpectedPlan.computed.filter { $0 != "CLAUDE_CODE_OAUTH_TOKEN" }.map { name in
            (name, name.lowercased().hasPrefix("no_") ? "*" : name.hasSuffix("URL") ? "\(elsewhere)/x" : elsewhere)
        })

    private static let plain = PlanScene("harmless", Manifest.Bottle(env: harmless), slug: "env-plain")
    private static let all = PlanScene(
        "all at once", Manifest.Bottle(env: harmless.merging(bad) { $1 }), slug: "env-all")
    private static let full = PlanScene(
        "all at once, every sidecar",
        Manifest.Bottle(
            env: harmless.merging(bad) { $1 },
            routes: [Manifest.Route(host: "api.bottle.test", tokenVariable: "API_TOKEN")],
            gitUpstreams: [Manifest.GitUpstream(name: "app", url: "ssh://git@git.bottle.test/app.git")],
            supervise: true),
        slug: "env-full")
    private static let single = bad.sorted { $0.key < $1.key }.map { name, value in
        PlanScene("\(name) of the manifest", Manifest.Bottle(env: [name: value]), slug: "env-single")
    }
    private static let advised = suspicious.sorted { $0.key < $1.key }.map { name, value in
        PlanScene("\(name) of the manifest", Manifest.Bottle(env: [name: value]), slug: "env-single")
    }

    package func declarePlans(_ declaration: inout PlanDeclaration) {
        declaration.plans([Self.plain, Self.all, Self.full] + Self.single + Self.advised)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        var findings = evidence.compare(Self.plain.name, holds: "the manifest's variables arrive unchanged") {
            Self.differences($0.plan.guestEnvironment, $1)
        }
        for scene in [Self.all, Self.full] + Self.single {
            findings += Self.judge(scene, evidence)
        }
        let passed = Self.advised.compactMap { Self.advice($0, evidence, &findings) }
        let advice =
            passed.isEmpty ? "" : "; it lets \(passed.joined(separator: ", ")) through, which SHOULD be refused"
        return .concluding(
            findings,
            pass:
                "no variable of a manifest replaces one of the \(ExpectedPlan.computed.count) that the plan computes\(advice)"
        )
    }

    /// A refusal is an answer here: nothing is replaced in a bottle that is not made.
    private static func judge(_ scene: PlanScene, _ evidence: Evidence) -> [Finding] {
        if case .refused = evidence.planned(scene.name) {
            return [Finding(.fact, .holds, "\(scene.name): the driver refuses the manifest")]
        }
        return evidence.compare(scene.name, holds: "the computed values win, and the others pass") {
            differences($0.plan.guestEnvironment, $1)
        }
    }

    private static func differences(_ environment: [String: String], _ expected: ExpectedPlan) -> [String] {
        let wanted = expected.environment
        let names = Set(wanted.keys).union(ExpectedPlan.computed).sorted()
        return names.compactMap { difference($0, environment[$0], wanted: wanted[$0]) }
    }

    /// The variable, when it got through.
    private static func advice(_ scene: PlanScene, _ evidence: Evidence, _ findings: inout [Finding]) -> String? {
        let name = String(scene.name.prefix { $0 != " " })
        switch evidence.planned(scene.name) {
        case .refused: findings.append(Finding(.fact, .holds, "\(scene.name): the driver refuses the manifest"))
        case .unknown(let why): findings.append(Finding(.fact, .missing, why))
        case .report(let report, _) where report.plan.guestEnvironment[name] == nil:
            findings.append(Finding(.fact, .holds, "\(scene.name): the driver leaves it out"))
        case .report:
            findings.append(Finding(.fact, .holds, "\(scene.name): it gets through, which it SHOULD not"))
            return name
        }
        return nil
    }
}
