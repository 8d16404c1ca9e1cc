// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// RENDER-05: rendered files are read back as what was declared, whatever was declared.
package struct RENDER05FilesRoundTrip: Check {
    private let goldens: GoldenSet

    /// - Parameter goldens: Files of the user's own that this driver has to render as well.
    package init(goldens: GoldenSet = GoldenSet()) { self.goldens = goldens }

    package let requirement = Requirement(
        id: "RENDER-05",
        title: "rendered files are read back as what was declared",
        statement:
            "Rendering MUST be a function of the plan alone, with the environment sorted, and each file MUST be read back "
            + "by an independent parser as the values that went in. Quotes, backslashes, line breaks, control characters "
            + "and invisible ones MUST be escaped or refused: no value may add a key, a line of shell or a flag. Files "
            + "MUST be for their owner only (0600; a script may be 0700). A driver that claims seed-bytes MUST render the "
            + "seeds' Smolfile byte for byte.",
        why:
            "A manifest comes with a repository. A line break in a value that is rendered raw is a new line of the file, "
            + "and the new line may be an allowlist.",
        probed:
            "The driver plans the standard bottles and some sixty hostile ones: values, addresses of repositories, hosts and "
            + "tokens full of quotes, line breaks, brackets, YAML tags, dashes, bidi and zero-width characters. Each is "
            + "refused, or its files are parsed (JSON, YAML, TOML) and compared with what was declared; scripts and calls "
            + "must be those of a plain bottle but for their quoted words.",
        remedy:
            "Escape every value for the format that it goes into, by the format's own rules and not by replacing two "
            + "characters; pass values to a shell in single quotes and to a tool as one argument.",
        scope: .plan,
        profiles: .fullProfiles,
        mutants: ["rawnewline": .violated, "shellname": .violated]
    )

    private static let benign =
        PlanScene.standard + [
            HostileScenes.plain, HostileScenes.plainRepository, HostileScenes.oddRepository,
        ]

    /// Every kind that the contract knows.
    private static let kinds: Set<Artefact.Kind> = [
        .smolfile, .smolvmSmolfile, .gvproxy, .pipelock, .routes, .gitGateEntrypoint, .gitGateHook, .gitGateAccess,
        .gitleaks, .compose, .prompt,
    ]

    package func declarePlans(_ declaration: inout PlanDeclaration) {
        let kinds = Self.kinds.union(declaration.hello.artefacts.map { Artefact.Kind($0) })
        declaration.plans(
            [HostileScenes.plain, HostileScenes.plainRepository, HostileScenes.oddRepository] + HostileScenes.refusable,
            artefacts: kinds)
        for scene in PlanScene.standard {
            let own = Dictionary(
                uniqueKeysWithValues: (goldens.artefacts[scene.name] ?? [:]).map { ($0.key.rawValue, $0.value) })
            declaration.plan(scene.step(artefacts: kinds, goldens: own))
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        var findings: [Finding] = []
        for scene in Self.benign {
            findings += Self.differences(scene, evidence, holds: "every file is read back as it was meant")
        }
        for scene in HostileScenes.refusable {
            if case .refused = evidence.planned(scene.name) {
                findings.append(Finding(.fact, .holds, "\(scene.name): refused"))
            } else {
                findings += Self.differences(scene, evidence, holds: "it stays a value in every file")
            }
        }
        findings += Self.claims(evidence)
        let files = evidence.plans.values.reduce(0) { $0 + ($1.report?.artefacts.count ?? 0) }
        if files == 0 {
            findings.append(
                Finding(.fact, .missing, "the driver renders no file that could be read: let its plan list them"))
        }
        return .concluding(
            findings,
            pass: "\(files) files of \(Self.benign.count + HostileScenes.refusable.count) bottles hold nothing but "
                + "what was declared")
    }

    private static func differences(_ scene: PlanScene, _ evidence: Evidence, holds: String) -> [Finding] {
        let isRepository = !scene.manifest.bottles.values.allSatisfy(\.gitUpstreams.isEmpty)
        let hasVariables = scene.manifest.bottles.values.contains { $0.env[HostileScenes.variables[0]] != nil }
        let models = isRepository ? HostileScenes.plainRepository : HostileScenes.plain
        let model: PlanReport? = if case .report(let report, _) = evidence.planned(models.name) { report } else { nil }
        let isLike = scene.slug == HostileScenes.plain.slug
        if isLike, let model, case .report(let report, _) = evidence.planned(scene.name) {
            let kinds = Likeness.unmatched(report, model)
            guard kinds.isEmpty else {
                let why = "\(scene.name): \(kinds.joined(separator: ", ")) cannot be compared with a plain bottle's"
                return [Finding(.fact, .missing, why)]
            }
        }
        return evidence.examine(scene.name, holds: holds) { report, outcome in
            var found = report.artefacts.flatMap { RoundTrip.differences($0, report) }
            if outcome.repeatable == false { found.append("a second call renders something else") }
            if isLike, let model {
                found += Likeness.scripts(report, model)
                if hasVariables { found += Likeness.calls(report, model) }
            }
            let claimsBytes = evidence.hello.capabilities.contains("seed-bytes")
            found += golden(report, outcome, frozen: claimsBytes ? GoldenSmolfiles.all[scene.name] : nil)
            return found
        }
    }

    /// What a driver says it renders has to be seen, or nothing is known of it.
    private static func claims(_ evidence: Evidence) -> [Finding] {
        let rendered = Set(evidence.plans.values.flatMap { $0.report?.artefacts.map(\.kind.rawValue) ?? [] })
        return evidence.hello.artefacts.subtracting(rendered).sorted().map {
            Finding(.fact, .missing, "the driver says that it renders \($0), and no plan has it")
        }
    }

    /// - Parameter frozen: The seeds' Smolfile, for a driver that claims its bytes.
    static func golden(_ report: PlanReport, _ outcome: PlanOutcome, frozen: String?) -> [String] {
        let paths = HostPaths(report)
        var wanted = outcome.step.goldens.map { (kind: $0.key, name: "your own golden", text: $0.value) }
        if let frozen { wanted.append((kind: Artefact.Kind.smolfile.rawValue, name: "the seeds' form", text: frozen)) }
        return wanted.sorted { ($0.kind, $0.name) < ($1.kind, $1.name) }.compactMap { kind, name, text in
            guard let artefact = report.artefact(Artefact.Kind(kind)) else {
                return "\(kind) is not rendered, but \(name) has it"
            }
            let diff = UnifiedDiff.between(text, paths.named(in: artefact.text), oldName: "wanted", newName: "rendered")
            return diff.isEmpty ? nil : "\(kind) differs from \(name)\n\(diff)"
        }
    }
}
