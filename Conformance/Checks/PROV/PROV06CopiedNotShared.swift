// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROV-06: what a guest gets is a copy.
package struct PROV06CopiedNotShared: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROV-06",
        title: "edits in a guest stay in the guest",
        statement:
            "What a guest is provisioned with MUST be a copy: what the guest changes MUST NOT change the sources on the host "
            + "or the copies in other bottles.",
        why:
            "A shared skill is a way out: whoever can write it in one bottle decides what the agents of all the others do, "
            + "and what the user runs outside of any.",
        probed:
            "The guest adds a line to a file of its skill and reports that the file has it; the source on the host is hashed "
            + "before the launch and after the edit, and a second bottle reports its own copy.",
        remedy: "Copy what you provision. Never mount a directory of the host into a guest, not even for reading.",
        profiles: .fullProfiles,
        mutants: ["bindskills": .violated]
    )

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .twin, let sources = declaration.sources else { return }
        declaration.probe("copy", phase: .after, .tree(path: "\(sources.skillsDirectory)/\(SuiteSkill.named)"))
        guard declaration.session == .bottle else { return }
        let path = sources.path(SuiteSkill.edited)
        let nonce = Nonce.fresh()
        declaration.probe("edit", nonce: nonce, .appendFile(path: path, bytes: Array("\n\(nonce)\n".utf8)))
        declaration.probe("edited", phase: .after, .file(path: path))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.scene(.bottle) != nil else { return evidence.nothing(of: .bottle) }
        guard evidence.scene(.variant) != nil else { return evidence.nothing(of: .variant) }
        guard let sources = evidence.suiteSkills(.bottle), let before = sources.before else {
            let why = "the suite has no skills of its own on this host, so none is shared: give it a directory for them"
            return Judgement(.inconclusive, why, findings: [Finding(.fact, .missing, why)])
        }
        return .concluding(
            [edit(evidence), own(evidence, before), host(sources, before), other(evidence, before)],
            pass: "the guest changed its skill, and neither the source on the host nor the second bottle's copy did")
    }

    /// The control: without an edit nothing could have spread.
    private func edit(_ evidence: Evidence) -> Finding {
        guard let step = evidence.probe("edit")?.step, let edit = evidence.report("edit"),
            let file = evidence.report("edited")
        else { return Evidence.silence("the edit of the skill") }
        let source = SuiteSkill.tree(of: SuiteSkill.named).first { $0.path == SuiteSkill.edited }
        guard case .file(let bytes)? = source?.content else { return Evidence.silence("the source of the skill") }
        let wanted = SHA256.hex(bytes + Array("\n\(step.nonce)\n".utf8))
        guard edit.errno == nil, file.errno == nil, file.facts["sha256"] == wanted else {
            let errno = edit.errno ?? file.errno ?? "it has other bytes"
            return Finding(
                .fact, .missing,
                "the guest could not change its own copy of the skill (\(errno)), so nothing can spread")
        }
        return Finding(.fact, .holds, "the guest changed its own copy")
    }

    private func own(_ evidence: Evidence, _ before: String) -> Finding {
        guard let digest = evidence.report("copy")?.facts["digest"] else {
            return Evidence.silence("the guest's copy after the edit")
        }
        return digest != before
            ? Finding(.fact, .holds, "the guest's copy is another one after the edit")
            : Finding(.fact, .missing, "the guest's copy is unchanged after the edit, so nothing can spread")
    }

    private func host(_ sources: SourceEvidence, _ before: String) -> Finding {
        switch sources.after {
        case before?: Finding(.fact, .holds, "the source on the host is unchanged")
        case nil: Finding(.fact, .missing, "the source on the host could not be read after the edit: run again")
        case .some: Finding(.fact, .leak, "the guest's edit changed the source on the host: the skill is shared")
        }
    }

    private func other(_ evidence: Evidence, _ before: String) -> Finding {
        guard let digest = evidence.report("copy", in: .variant)?.facts["digest"] else {
            return Evidence.silence("the second bottle's copy")
        }
        return digest == before
            ? Finding(.fact, .holds, "the second bottle's copy is unchanged")
            : Finding(.fact, .leak, "the second bottle's copy is not what is on the host, and nobody edited it there")
    }
}
