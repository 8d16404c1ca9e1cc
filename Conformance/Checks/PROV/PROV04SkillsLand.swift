// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROV-04: the skills that an agent names are in its guest, and no others.
package struct PROV04SkillsLand: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROV-04",
        title: "named skills land unchanged, and nothing else does",
        statement:
            "Each skill that the agent names, and nothing else, MUST land below the guest's skills directory with an "
            + "identical tree and owned by the agent user; with none named nothing lands.",
        why:
            "Skills are instructions and programs: one that the user did not name widens what the agent does, one that is "
            + "missing or changed makes it do something else.",
        probed:
            "The guest reports one digest of the whole tree of the named skill, its owners, and the names beside it; the "
            + "digest is compared with the same one of the source on the host. A third bottle names no skill.",
        remedy:
            "Copy each named directory as it is, with modes and links, to the skills directory (which "
            + "CLAUDE_BOTTLE_GUEST_SKILLS_DIR moves), give it to the agent user, and copy nothing that is not named.",
        profiles: .fullProfiles,
        mutants: ["allskills": .violated, "wrongdir": .violated, "rootowned": .violated]
    )

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant, let sources = declaration.sources else { return }
        // Before anybody edits it.
        declaration.probe("beside", phase: .before, .tree(path: sources.skillsDirectory))
        guard declaration.session == .bottle else { return }
        declaration.probe("skill", phase: .before, .tree(path: "\(sources.skillsDirectory)/\(SuiteSkill.named)"))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.scene(.bottle) != nil else { return evidence.nothing(of: .bottle) }
        guard evidence.scene(.twin) != nil else { return evidence.nothing(of: .twin) }
        guard let sources = evidence.suiteSkills(.bottle), let without = evidence.suiteSkills(.twin),
            let wanted = sources.before, !sources.skills.isEmpty, without.skills.isEmpty
        else {
            let why = "the suite has no skills of its own on this host, so none can land: give it a directory for them"
            return Judgement(.inconclusive, why, findings: [Finding(.fact, .missing, why)])
        }
        return .concluding(
            tree(evidence, sources, wanted) + [beside(evidence, .bottle, sources), beside(evidence, .twin, without)],
            pass: "the named skill is in \(sources.skillsDirectory), the same as on the host and the agent's, and alone"
        )
    }

    private func tree(_ evidence: Evidence, _ sources: SourceEvidence, _ wanted: String) -> [Finding] {
        let path = "\(sources.skillsDirectory)/\(SuiteSkill.named)"
        let what = "the skill at \(path)"
        guard let observation = evidence.report("skill") else { return [Evidence.silence(what)] }
        switch observation.errno {
        case "ENOENT", "ENOTDIR", "ELOOP":
            return [Finding(.fact, .leak, "the named skill is not at \(path) in the guest")]
        case "EACCES", "EPERM": return [Finding(.fact, .leak, "the agent cannot read the named skill at \(path)")]
        case let errno?: return [Finding(.fact, .missing, "\(what) could not be read: \(errno)")]
        case nil: break
        }
        let facts = Facts(observation: observation, what: what)
        return [facts.compare("digest", with: wanted)] + facts.ownership
    }

    private func beside(_ evidence: Evidence, _ session: Session, _ sources: SourceEvidence) -> Finding {
        let who = session == .bottle ? "the guest" : "the guest whose agent names no skill"
        guard let observation = evidence.report("beside", in: session) else {
            return Evidence.silence("\(sources.skillsDirectory) in \(who)")
        }
        let names: Set<String>
        switch observation.errno {
        // Without any skill the directory need not exist.
        case "ENOENT": names = []
        case nil:
            guard let list = observation.facts["names"] else {
                return Evidence.silence("the names in \(sources.skillsDirectory) of \(who)")
            }
            names = Set(list.split(separator: "/").map(String.init))
        case let errno?:
            return Finding(.fact, .missing, "\(sources.skillsDirectory) in \(who) could not be read: \(errno)")
        }
        let strangers = names.subtracting(sources.skills).sorted().map { Quoted($0).description }
        return strangers.isEmpty
            ? Finding(.fact, .holds, "no skill that nobody named is in \(who)")
            : Finding(.fact, .leak, "\(who) has what its agent did not name: \(strangers.joined(separator: ", "))")
    }
}
