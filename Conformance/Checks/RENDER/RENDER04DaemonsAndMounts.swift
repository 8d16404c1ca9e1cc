// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// RENDER-04: the bundle is told of the daemons that the bottle needs, with their files and nothing more.
package struct RENDER04DaemonsAndMounts: Check {
    package init() {}

    package let requirement = Requirement(
        id: "RENDER-04",
        title: "daemons, mounts and variables follow the features",
        statement:
            "The planned list of daemons MUST be egress,pipelock, then git-gate exactly when the bottle declares a git "
            + "upstream, then supervise exactly when it is enabled. The planned mounts and variables of the bundle MUST "
            + "follow: pipelock's configuration, certificate and key always; the routes, egress's certificate and key, the "
            + "upstream and the bare names of the tokens exactly with routes; git-gate's scripts and identities exactly "
            + "with upstreams; the queue, and nothing else writable, exactly with supervise.",
        why:
            "A daemon that nobody declared is a port that nobody watches, and a mount that a daemon does not need is what "
            + "it can leak. A bundle without a list idles and looks healthy.",
        probed:
            "The driver plans every combination of routes, git and supervise; list, mounts, variables and names of tokens "
            + "are compared with a table of the contract. That exactly these daemons run and listen is the matter of NET-04 "
            + "and DRIVER-05.",
        remedy:
            "Derive each daemon, mount and variable from its own feature. The order of the list is the order in which the "
            + "daemons start.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["csvempty": .violated, "csvall": .violated, "mountall": .violated]
    )

    package func declarePlans(_ declaration: inout PlanDeclaration) { declaration.plans(PlanScene.features) }

    package func judge(_ evidence: Evidence) -> Judgement {
        let findings = PlanScene.features.flatMap { scene in
            evidence.compare(scene.name, holds: "daemons, mounts and variables are those of its features") {
                Self.differences($0, $1)
            }
        }
        return .concluding(
            findings,
            pass: "in each of \(PlanScene.features.count) combinations the bundle has what it needs and no more")
    }

    private static func differences(_ report: PlanReport, _ expected: ExpectedPlan) -> [String] {
        let list = expected.daemons.joined(separator: ",")
        let paths = HostPaths(report)
        let mounts = report.bundle.mounts.map(paths.mount)
        var found = [
            difference("the list of daemons", report.daemonsCSV, wanted: list),
            difference("the list of daemons that the bundle is told", report.bundle.daemonsCSV, wanted: list),
            difference("the daemons of the plan", report.plan.daemons, wanted: expected.daemons),
            difference("the names of the tokens", report.bundle.tokenVariables.sorted(), wanted: expected.tokens),
        ].compactMap(\.self)
        found += surplus(mounts, over: expected.mounts).map {
            "the bundle has the mount \(Quoted($0, limit: 200)) too many"
        }
        found += surplus(expected.mounts, over: mounts).map { "the bundle lacks the mount \(Quoted($0, limit: 200))" }
        let variables = report.bundle.environment
        for name in Set(variables.keys).union(expected.bundleEnvironment.keys).sorted() {
            // The value of a variable that should not be there may be a token.
            guard let wanted = expected.bundleEnvironment[name] else {
                found.append("the bundle has the variable \(Quoted(name)) too many")
                continue
            }
            if let problem = difference("the bundle's variable \(name)", variables[name], wanted: wanted) {
                found.append(problem)
            }
        }
        return found
    }

    /// The elements of one list that the other does not have, as often as it does not.
    private static func surplus(_ list: [String], over other: [String]) -> [String] {
        var rest = other
        return list.filter { element in
            guard let index = rest.firstIndex(of: element) else { return true }
            rest.remove(at: index)
            return false
        }
    }
}
