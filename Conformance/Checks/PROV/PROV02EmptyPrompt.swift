// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROV-02: the prompt file is there without a prompt too, and the agent is told of it only when there is something in it.
package struct PROV02EmptyPrompt: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROV-02",
        title: "no prompt is an empty file and no flag",
        statement:
            "The prompt file MUST exist even without a prompt, with 0 bytes, while --append-system-prompt-file is passed to "
            + "the agent only when the file is not empty.",
        why:
            "A missing file lets the next launch's file, or an agent's own, take its place; a flag for an empty file makes "
            + "an agent fail or run with instructions that nobody wrote.",
        probed:
            "The agent's command line is run in two bottles with a stand-in that reports its arguments: one bottle has a "
            + "prompt, the other has none. The guest of each reports size, owner and mode of the prompt file.",
        remedy:
            "Always write the prompt file, and add --append-system-prompt-file with its path to the agent's command line "
            + "only when the prompt has at least one byte.",
        profiles: .fullProfiles,
        mutants: ["skipempty": .violated, "alwaysflag": .violated]
    )

    private static let flag = "--append-system-prompt-file"

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .twin else { return }
        declaration.probe("prompt", .file(path: declaration.description.promptPath))
        guard let sources = declaration.sources, let first = declaration.agentCommand.first, !first.contains("/") else {
            return
        }
        let nonce = Nonce.fresh()
        // Where a guest looks for its agent, the stand-in comes first.
        let path = "\(sources.path(SuiteSkill.programs)):/usr/local/bin:/usr/bin:/bin"
        declaration.exec(
            "agent", nonce: nonce,
            ExecRequest(
                declaration.agentCommand, environment: ["PATH": path], stdin: Self.batch(nonce).input))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        guard let variant = evidence.scene(.variant) else { return evidence.nothing(of: .variant) }
        guard !scene.plan.prompt.isEmpty, variant.plan.prompt.isEmpty else {
            let why = "it takes one bottle with a prompt and one without, and these are not: run again"
            return Judgement(.inconclusive, why, findings: [Finding(.fact, .missing, why)])
        }
        return .concluding(
            file(evidence, .bottle, scene) + [
                arguments(scene, [Self.flag, scene.description.promptPath], "with a prompt")
            ]
                + file(evidence, .variant, variant) + [arguments(variant, [], "without a prompt")],
            pass: "the prompt file is there with and without a prompt, and only with one is the agent told of it")
    }

    private func file(_ evidence: Evidence, _ session: Session, _ scene: SessionScene) -> [Finding] {
        let what = "the prompt file in the guest \(scene.plan.prompt.isEmpty ? "without" : "with") a prompt"
        guard let observation = evidence.report("prompt", in: session) else { return [Evidence.silence(what)] }
        switch observation.errno {
        case "ENOENT", "ENOTDIR": return [Finding(.fact, .leak, "there is no \(what.dropFirst(4))")]
        case let errno?: return [Finding(.fact, .missing, "\(what) could not be read: \(errno)")]
        case nil: break
        }
        let facts = Facts(observation: observation, what: what)
        return [
            facts.compare("type", with: "regular"), facts.compare("size", with: "\(scene.plan.prompt.utf8.count)"),
            facts.compare("uid", with: "\(Contract.agentUID)"), facts.compare("mode", with: "0600"),
        ]
    }

    private static func batch(_ nonce: Nonce) -> ProbeBatch {
        ProbeBatch([ProbeStep(key: "agent", nonce: nonce, target: .guest, canary: nil, action: .arguments)])
    }

    private func arguments(_ scene: SessionScene, _ wanted: [String], _ which: String) -> Finding {
        guard let outcome = scene.own.execs["agent"] else {
            return Finding(
                .fact, .missing, "the agent \(which) was not run: the driver's plan has to name its command line")
        }
        guard let result = outcome.result, case .exited(0) = result.ending,
            let observation = Self.batch(outcome.step.nonce).observations(in: result.stdout).first ?? nil,
            !observation.killed, observation.stage == .done, let count = observation.facts["count"].flatMap({ Int($0) })
        else {
            let why = outcome.error ?? "no whole answer of the stand-in"
            return Finding(.fact, .missing, "the agent \(which) did not say how it was called (\(why)): run again")
        }
        let seen = (0..<max(0, min(count, 64))).map { observation.facts["argument.\($0)"] }
        let text = seen.map { $0.map { Quoted($0).description } ?? "?" }.joined(separator: " ")
        return seen == wanted.map(Optional.some)
            ? Finding(.fact, .holds, "the agent \(which) was called with \(seen.isEmpty ? "no arguments" : text)")
            : Finding(
                .fact, .leak,
                "the agent \(which) was called with \(seen.isEmpty ? "no arguments" : text) instead of "
                    + (wanted.isEmpty ? "none" : wanted.joined(separator: " ")))
    }
}
