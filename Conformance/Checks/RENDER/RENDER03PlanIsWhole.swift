// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// RENDER-03: a plan says everything that the contract wants to know, under names that are safe.
package struct RENDER03PlanIsWhole: Check {
    private let goldens: GoldenSet

    /// - Parameter goldens: Contracts of the user's own that this driver has to keep as well.
    package init(goldens: GoldenSet = GoldenSet()) { self.goldens = goldens }

    package let requirement = Requirement(
        id: "RENDER-03",
        title: "the plan is whole, and equals the frozen contracts",
        statement:
            "A plan MUST carry slug, addresses, allowlist, machine name (claude-bottle-<slug>), guest environment, prompt "
            + "and its file, agent command, stage directory, one state directory a part in a directory of the bottle's own "
            + "that is named by the slug, and the plans of pipelock, egress, git-gate and supervise (none exactly when it "
            + "is disabled). The contracts of the eight standard bottles MUST equal the frozen ones by meaning. A slug is 1 "
            + "to 40 of a-z, 0-9 and -, and neither a slug nor the name of an agent may become a path or a flag.",
        why:
            "Everything else is derived from these values. What a plan leaves out, a launch makes up; and a name that "
            + "comes with a repository and becomes a path writes where it likes.",
        probed:
            "The driver plans eight standard bottles, each compared with its frozen contract, every combination of routes, "
            + "git and supervise, compared with a second implementation of the contract, and bottles whose agent or slug "
            + "is named ../x, -x, in Unicode or with 300 characters: refused, or planned under safe names.",
        remedy:
            "Report every field of the plan; the difference shows which one is wrong, wanted lines begin with -. Refuse a "
            + "slug or an agent's name that is not plain, before anything is derived from it.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["dropfield": .violated, "rawslug": .violated]
    )

    /// Names that would hurt as a path, a flag, a line or a word of shell.
    private static let names = [
        "../up", "-x", "--help", "/etc/x", "a b", "a\nb", "$(id)", "x;id", "\u{fc}n\u{ef}code", "\u{202e}x",
        String(repeating: "a", count: 300), "",
    ]
    private static let agents = names.map { name in
        PlanScene(
            "agent named \(Quoted(name, limit: 12))",
            Manifest(bottles: ["dev": Manifest.Bottle()], agents: [name: Manifest.Agent(bottle: "dev")]),
            agentName: name, slug: "hostile-agent")
    }
    private static let slugs = (names + ["x-", "UPPER", "a_b", "a.b", String(repeating: "a", count: 41)]).map { slug in
        PlanScene("slug named \(Quoted(slug, limit: 12)) of \(slug.utf8.count)", Manifest.Bottle(), slug: slug)
    }

    package func declarePlans(_ declaration: inout PlanDeclaration) {
        declaration.plans(PlanScene.features + Self.agents + Self.slugs)
        for scene in PlanScene.standard {
            declaration.plan(scene.step(goldens: goldens.contracts[scene.name].map { ["contract": $0] } ?? [:]))
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        var findings = PlanScene.standard.flatMap { scene in
            evidence.examine(scene.name, holds: "the contract is the frozen one") { report, outcome in
                Self.differences(report, outcome, frozen: GoldenContracts.all[scene.name])
            }
        }
        findings += PlanScene.features.flatMap { scene in
            evidence.compare(scene.name, holds: "every field is the contract's") { report, expected in
                let wanted = expected.contract(agentName: scene.agentName).pretty
                return Self.diff("the contract", wanted, PlanView.contract(report).pretty) + Self.places(report)
            }
        }
        findings += (Self.agents + Self.slugs).flatMap { Self.judge($0, evidence) }
        return .concluding(
            findings,
            pass:
                "\(PlanScene.standard.count) plans equal their frozen contracts, \(PlanScene.features.count) the second "
                + "implementation, and no hostile name gets anywhere")
    }

    static func differences(_ report: PlanReport, _ outcome: PlanOutcome, frozen: String?) -> [String] {
        let got = PlanView.contract(report).pretty
        var found: [String] = []
        if let frozen {
            found += diff("the frozen contract", frozen, got)
        } else {
            found.append("it has no frozen contract")
        }
        for (name, text) in outcome.step.goldens.sorted(by: { $0.key < $1.key }) {
            found += diff("your own golden \(name)", text, got)
        }
        return found + places(report)
    }

    /// By meaning: order of keys and white space are nobody's business.
    private static func diff(_ what: String, _ wanted: String, _ got: String) -> [String] {
        guard let document = try? JSONValue.parse(wanted.utf8) else { return ["\(what) is no JSON document"] }
        let text = UnifiedDiff.between(document.pretty, got, oldName: "wanted", newName: "planned")
        return text.isEmpty ? [] : ["the plan differs from \(what)\n\(text)"]
    }

    /// What every machine has in places of its own, and what has to be true of them.
    private static func places(_ report: PlanReport) -> [String] {
        let slug = report.plan.slug
        var found = disagreements(report)
        if !report.promptFile.hasSuffix("/claude-bottle/\(slug)/agent/prompt.txt") {
            found.append(
                "the prompt file \(Quoted(report.promptFile)) is not <state>/claude-bottle/<slug>/agent/prompt.txt")
        }
        if !isPlainPath(report.stageDirectory) {
            found.append("the stage directory \(Quoted(report.stageDirectory)) is no absolute path in plain form")
        }
        let extra = report.bundle.name.dropFirst(report.machineName.count)
        if !report.bundle.name.hasPrefix(report.machineName) || !extra.utf8.allSatisfy(isPlain) {
            found.append("the bundle's name \(Quoted(report.bundle.name)) does not begin with the machine's")
        }
        if let path = report.agentFromPath, !isPlainPath(path) {
            found.append("the guest's file system \(Quoted(path)) is no absolute path in plain form")
        }
        return found
    }

    /// What a plan says in two places has to be one thing.
    private static func disagreements(_ report: PlanReport) -> [String] {
        let plan = report.plan
        let pairs: [(what: String, first: JSONValue, second: JSONValue)] = [
            ("the address", .string("10.77.\(plan.addresses.octet).2"), .string(report.bundle.address)),
            ("the allowlist", PlanView.sorted(plan.allowlist), PlanView.sorted(report.sidecars.pipelock.allowlist)),
            (
                "the routes", PlanView.sorted(plan.routes.map(PlanView.route)),
                PlanView.sorted(report.sidecars.egress.routes.map(PlanView.route))
            ),
            (
                "the repositories", PlanView.texts(plan.gitUpstreams.map { "\($0.name) \($0.url)" }),
                PlanView.texts(report.sidecars.gitGate.upstreams.map { "\($0.name) \($0.url)" })
            ),
            ("the daemons", .string(plan.daemons.joined(separator: ",")), .string(report.daemonsCSV)),
            ("supervise", .bool(plan.supervise), .bool(report.sidecars.supervise != nil)),
        ]
        return pairs.filter { $0.first.pretty != $0.second.pretty }.map {
            "the plan says \($0.what) in two ways, once for itself and once for the bundle"
        }
    }

    /// A hostile name has to be refused, or to have become a plain one everywhere.
    private static func judge(_ scene: PlanScene, _ evidence: Evidence) -> [Finding] {
        if case .refused = evidence.planned(scene.name) {
            return [Finding(.fact, .holds, "\(scene.name): refused")]
        }
        return evidence.examine(scene.name, holds: "planned under plain names") { report, _ in
            let slug = report.plan.slug
            var found: [String] = []
            if !isSlug(slug) { found.append("the slug of the plan is \(Quoted(slug))") }
            if report.machineName != "claude-bottle-\(slug)" {
                found.append("the machine's name is \(Quoted(report.machineName))")
            }
            let paths = Array(report.stateDirectories.values) + [report.promptFile, report.stageDirectory]
            for path in paths.sorted() where !isPlainPath(path) { found.append("a path is \(Quoted(path))") }
            for name in [scene.agentName, scene.slug] where !isSlug(name) && !name.isEmpty {
                let words = report.commands.flatMap(\.argv) + paths + [report.machineName, report.bundle.name]
                if let word = words.first(where: { $0.contains(name) }) {
                    found.append("the raw name stands in \(Quoted(word))")
                }
            }
            return found
        }
    }

    private static func isSlug(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return (1...40).contains(bytes.count) && bytes.first != 0x2d && bytes.last != 0x2d
            && bytes.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2d || byte == 0x5f
    }

    private static func isPlainPath(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.utf8.contains { $0 < 0x20 }
            && !path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().contains {
                $0.isEmpty || $0 == "." || $0 == ".." || $0.utf8.count > 255
            }
    }
}
