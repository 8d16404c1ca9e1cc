// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// ENV-04: the agent's login is a placeholder where egress injects the real one, and absent everywhere else.
package struct ENV04LoginPlaceholder: Check {
    package init() {}

    package let requirement = Requirement(
        id: "ENV-04",
        title: "the agent's login is a placeholder, or absent",
        statement:
            "The planned guest environment MUST hold CLAUDE_CODE_OAUTH_TOKEN as egress-placeholder exactly when a route has "
            + "the role claude_code_oauth, whatever the manifest says; without such a route the variable MUST be absent, "
            + "and a manifest that puts a real-looking login there MUST be refused or lose it. "
            + "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 and DISABLE_ERROR_REPORTING=1 MUST be set unless the manifest "
            + "says otherwise.",
        why:
            "The login is what an agent leaks first. With a placeholder there is nothing to leak; without any value the "
            + "agent asks for a login, which a person then types into the sandbox.",
        probed:
            "The driver plans bottles whose routes have the role, another role, none or do not exist, with and without a "
            + "made-up login in the manifest, and bottles that override the two telemetry variables.",
        remedy:
            "Set the placeholder from the routes' roles after everything else, drop the variable otherwise, and refuse a "
            + "manifest that holds a login. The token belongs in a variable of the host that the route names.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["realtoken": .violated, "noplaceholder": .violated]
    )

    private static let variable = "CLAUDE_CODE_OAUTH_TOKEN"

    /// Looks like the real thing, and is put together here so that no scanner takes this file for a leak.
    static let login = "sk-" + "ant-oat01-" + String(repeating: "Zx9", count: 20)

    private static func scene(_ name: String, role: String?, routes: Bool = true, env: [String: String] = [:])
        -> PlanScene
    {
        let route = Manifest.Route(host: "api.bottle.test", tokenVariable: "API_TOKEN", role: role)
        return PlanScene(name, Manifest.Bottle(env: env, routes: routes ? [route] : []), slug: "env-login")
    }

    private static let role = "claude_code_oauth"
    /// Bottles that every driver has to plan.
    private static let plain = [
        scene("a route with the role", role: role), scene("a route with another role", role: "registry"),
        scene("a route without a role", role: nil), scene("no route", role: nil, routes: false),
        scene(
            "telemetry overridden", role: nil, routes: false,
            env: ["DISABLE_ERROR_REPORTING": "0", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": ""]),
    ]
    /// Bottles that hold a login: refused, or planned without it.
    private static let logins = [
        scene("a login beside the role", role: role, env: [variable: login]),
        scene("a login without the role", role: nil, env: [variable: login]),
        scene("a login and no route", role: nil, routes: false, env: [variable: login]),
        scene("a login of few letters", role: nil, routes: false, env: [variable: "hunter2"]),
    ]

    package func declarePlans(_ declaration: inout PlanDeclaration) { declaration.plans(Self.plain + Self.logins) }

    package func judge(_ evidence: Evidence) -> Judgement {
        var findings = Self.plain.flatMap { scene in
            evidence.compare(scene.name, holds: "login and telemetry are as the contract has them") {
                Self.differences($0.plan.guestEnvironment, $1)
            }
        }
        for scene in Self.logins {
            if case .refused = evidence.planned(scene.name) {
                findings.append(Finding(.fact, .holds, "\(scene.name): the driver refuses the manifest"))
                continue
            }
            findings += evidence.compare(scene.name, holds: "the login of the manifest is gone") {
                Self.differences($0.plan.guestEnvironment, $1)
            }
        }
        return .concluding(
            findings, pass: "the login is the placeholder exactly where a route has the role, and telemetry is off")
    }

    private static func differences(_ environment: [String: String], _ expected: ExpectedPlan) -> [String] {
        let wanted = expected.hasLogin ? ExpectedPlan.placeholder : nil
        var found: [String] = []
        // The value may be somebody's real one: it stands in no text.
        switch (environment[variable], wanted) {
        case (nil, nil): break
        case (nil, .some): found.append("\(variable) is absent, expected the placeholder")
        case (.some(let value), .some(let placeholder)) where value == placeholder: break
        case (.some, .some): found.append("\(variable) is something else than the placeholder")
        case (.some, nil): found.append("\(variable) is set, though no route has the role \(role)")
        }
        // An environment is public: wherever the login stands, it is out.
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name != variable && value == login {
            found.append("\(name) holds the login of the manifest")
        }
        for (name, value) in ExpectedPlan.telemetry.sorted(by: { $0.key < $1.key }) {
            let wanted = expected.bottle.env[name] ?? value
            if let problem = difference(name, environment[name], wanted: wanted) { found.append(problem) }
        }
        return found
    }
}
