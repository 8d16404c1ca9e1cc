// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// SECRET-04: the guest's environment is public, so a manifest that puts a secret there is refused.
package struct SECRET04EnvironmentIsPublic: Check {
    package init() {}

    package let requirement = Requirement(
        id: "SECRET-04",
        title: "a secret in the manifest's environment is refused",
        statement:
            "The guest environment MUST be treated as public: a manifest whose variable is shaped like a secret, or holds "
            + "the value of a token of the bottle, MUST be refused, naming the variable and never repeating the value. A "
            + "harmless value MUST pass.",
        why:
            "The environment stands on the command line of every exec, where every user of the machine can read it, and in "
            + "every dump of the agent.",
        probed:
            "The driver plans bottles whose manifest holds made-up keys of known shapes, a private key, a web token, an "
            + "address with a password, and the very value that a route's token has. Each has to be refused. Bottles with "
            + "values that merely look alike have to be planned with the value in the guest environment.",
        remedy:
            "Look through the manifest's values for known shapes of keys, and through the whole guest environment for the "
            + "values of the tokens, before anything else is done.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["secretenv": .violated]
    )

    /// Put together here, so that no scanner takes this file for a leak.
    private static let shapes: [(name: String, value: String)] = [
        ("an API key", "sk-" + "ant-api03-" + filler(40)),
        ("a GitHub token", "gh" + "p_" + filler(36)),
        ("a fine-grained GitHub token", "github" + "_pat_" + filler(40)),
        ("a GitLab token", "glp" + "at-" + filler(20)),
        ("a Slack token", "xox" + "b-" + filler(24)),
        ("an AWS key", "AK" + "IA" + filler(16).uppercased()),
        ("a payment key", "sk_" + "live_" + filler(24)),
        ("a private key", "-----BEGIN " + "PRIVATE KEY-----\n\(filler(60))\n-----END " + "PRIVATE KEY-----\n"),
        ("a web token", "eyJ" + "hbGciOiJub25lIn0.eyJ" + "zdWIiOiJub2JvZHkifQ." + filler(30)),
        ("an address with a password", "https://user:" + filler(12) + "@db.bottle.test/x"),
        ("a key in a sentence", "Authorization: Bearer sk-" + "ant-api03-" + filler(40)),
    ]
    private static let harmless: [(name: String, value: String)] = [
        ("a word", "vi"), ("a sentence", "risk-free tasks, sketches and ghosts"), ("an empty value", ""),
        ("an address", "https://db.bottle.test:8443/x?y=1"), ("a certificate", "-----BEGIN CERTIFICATE-----"),
    ]
    private static let tokenVariable = "API_TOKEN"
    private static let variable = "SETTING"
    private static let token = "planted" + filler(24)

    private static func filler(_ count: Int) -> String {
        String(repeating: "Zx9Kq4Tw", count: count / 8 + 1).prefix(count).description
    }

    private static func scene(_ name: String, _ value: String) -> PlanScene {
        let route = Manifest.Route(host: "api.bottle.test", tokenVariable: tokenVariable)
        return PlanScene(name, Manifest.Bottle(env: [variable: value], routes: [route]), slug: "secret-env")
    }

    private static let secrets =
        shapes.map { scene($0.name, $0.value) } + [
            scene("the value of a token", token), scene("the value of a token in a sentence", "use \(token)!"),
        ]
    private static let benign = harmless.map { scene($0.name, $0.value) } + [scene("half a token", "planted")]

    package func declarePlans(_ declaration: inout PlanDeclaration) {
        for scene in Self.secrets + Self.benign {
            declaration.plan(scene.step(tokens: [Self.tokenVariable: Self.token]))
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        var findings = Self.secrets.map { Self.judge($0, evidence) }
        findings += Self.benign.flatMap { scene in
            evidence.examine(scene.name, holds: "it passes and is in the guest environment") { report, outcome in
                let wanted = outcome.step.manifest.bottles["dev"]?.env[Self.variable]
                return difference(Self.variable, report.plan.guestEnvironment[Self.variable], wanted: wanted)
                    .map { [$0] } ?? []
            }
        }
        return .concluding(
            findings, pass: "\(Self.secrets.count) secrets are refused, \(Self.benign.count) harmless values pass")
    }

    private static func judge(_ scene: PlanScene, _ evidence: Evidence) -> Finding {
        guard let outcome = evidence.plans[scene.name], let value = outcome.step.manifest.bottles["dev"]?.env[variable]
        else {
            return Finding(.fact, .missing, "the driver was not asked about \(scene.name): run again")
        }
        guard outcome.report == nil else {
            return Finding(.fact, .leak, "the driver plans a guest whose environment holds \(scene.name)")
        }
        let error = outcome.error ?? ""
        if error.contains(value) || error.contains(token) {
            return Finding(.fact, .leak, "the driver's error repeats the value of \(scene.name)")
        }
        guard outcome.refused else {
            let how = error.isEmpty ? "gave no answer" : "failed and did not refuse: \(Quoted(error, limit: 200))"
            return Finding(.fact, .missing, "asked about \(scene.name), the driver \(how)")
        }
        guard error.contains(variable) else {
            return Finding(.fact, .leak, "the driver refuses \(scene.name) without naming the variable \(variable)")
        }
        return Finding(.fact, .holds, "\(scene.name) is refused, and only its variable is named")
    }
}
