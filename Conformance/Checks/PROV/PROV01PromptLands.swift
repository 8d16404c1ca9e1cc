// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROV-01: the prompt file is in the guest, byte for byte, and the agent's alone.
package struct PROV01PromptLands: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROV-01",
        title: "the prompt file lands in the guest byte for byte",
        statement:
            "The prompt file MUST land in the guest at the path the driver reports, byte for byte, owned by the agent user "
            + "and with mode 0600.",
        why:
            "The agent reads its instructions from this file. A missing, stale or foreign one silently changes what the "
            + "agent does; one that others can write lets them change it.",
        probed:
            "The guest reports hash, size, owner and mode of the file, which are compared with the plan; a wrong path must "
            + "not be found; a second bottle with another prompt must have its own.",
        remedy:
            "Copy the prompt on every launch, even an empty one, into a file that is created with mode 0600 and owned by "
            + "the agent user.",
        profiles: .seedProfiles,
        mutants: ["noprompt": .violated, "staleprompt": .violated, "wideprompt": .violated]
    )

    private static let mode = "0600"

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .twin else { return }
        let path = declaration.description.promptPath
        declaration.probe("prompt", .file(path: path))
        guard declaration.session == .bottle else { return }
        let nonce = Nonce.fresh()
        declaration.probe("wrong", nonce: nonce, .file(path: "\(path).\(nonce)"))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        return .concluding(
            prompt(evidence, .bottle, scene, "the guest") + [wrongPath(evidence)] + second(evidence, scene),
            pass: "the prompt is at \(scene.description.promptPath) in the guest, byte for byte and the agent's alone")
    }

    private func prompt(_ evidence: Evidence, _ session: Session, _ scene: SessionScene, _ who: String) -> [Finding] {
        let path = scene.description.promptPath
        guard let observation = evidence.probe("prompt", in: session)?.observation, !observation.killed else {
            return [Finding(.fact, .missing, "no whole answer of the probe about \(path) in \(who): run again")]
        }
        let facts = observation.facts
        switch observation.errno {
        case "ENOENT", "ENOTDIR": return [Finding(.fact, .leak, "there is no prompt file at \(path) in \(who)")]
        case "EACCES", "EPERM", "ELOOP":
            return [Finding(.fact, .leak, "the agent cannot read the prompt file at \(path) in \(who)")]
        case let errno?:
            return [Finding(.fact, .missing, "the prompt file at \(path) in \(who) could not be read: \(errno)")]
        case nil: break
        }
        let bytes = Array(scene.plan.prompt.utf8)
        let wanted = [
            ("type", "regular"), ("size", "\(bytes.count)"), ("sha256", SHA256.hex(bytes)),
            ("uid", "\(Contract.agentUID)"), ("mode", Self.mode),
        ]
        return wanted.map { name, value in
            switch facts[name] {
            case value?: Finding(.fact, .holds, "the prompt file in \(who) has \(name) \(value)")
            case let other?:
                Finding(.fact, .leak, "the prompt file at \(path) in \(who) has \(name) \(other) instead of \(value)")
            case nil: Finding(.fact, .missing, "the probe did not report the \(name) of \(path) in \(who): run again")
            }
        }
    }

    private func wrongPath(_ evidence: Evidence) -> Finding {
        let observation = evidence.probe("wrong")?.observation
        return observation?.errno == "ENOENT" && observation?.killed == false
            ? Finding(.fact, .holds, "a path that does not exist is not found")
            : Finding(
                .fact, .missing,
                "a path that cannot exist was not reported as missing (\(observation?.errno ?? "no error")), so the report "
                    + "about the right one proves nothing")
    }

    private func second(_ evidence: Evidence, _ scene: SessionScene) -> [Finding] {
        guard let variant = evidence.scene(.variant) else {
            return [Finding(.fact, .missing, evidence.absence(of: .variant) ?? "nothing is known of the second bottle")]
        }
        guard variant.plan.prompt != scene.plan.prompt else {
            return [
                Finding(.fact, .missing, "both bottles have the same prompt, so a stale one would not show: run again")
            ]
        }
        return prompt(evidence, .variant, variant, "the second bottle")
    }
}
