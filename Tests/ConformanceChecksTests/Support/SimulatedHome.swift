// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

/// What is in the home and the /tmp of a simulated guest.
struct SimulatedHome {
    let bottle: SimulatedBottle
    /// What the probe was told to do before.
    let earlier: [ProbeStep]
    private var skill: String { "\(GuestSkills.standard)/\(SuiteSkill.named)" }
    private var edited: String { "\(skill)/\(SuiteSkill.edited)" }
    private var hasSkill: Bool { bottle.session != .twin && !bottle.has(.wrongdir) }

    /// What was added to the skill's file.
    private var added: [UInt8] {
        earlier.flatMap { step -> [UInt8] in
            guard case .appendFile(edited, let bytes) = step.action else { return [] }
            return bytes
        }
    }

    /// The names of files that root put into /tmp.
    private var planted: [String] {
        earlier.compactMap { step in
            guard case .writeFile(let path, _) = step.action, step.user == "root", path.hasPrefix("/tmp/") else {
                return nil
            }
            return String(path.dropFirst("/tmp/".count))
        }
    }

    /// nil for what this home knows nothing of.
    func file(_ path: String) -> Observation? {
        if path == "/tmp" { return Observation(stage: .done, facts: ["type": "directory", "mode": "1777"]) }
        let source = SuiteSkill.tree(of: SuiteSkill.named).first { $0.path == SuiteSkill.edited }
        guard path == edited, hasSkill, case .file(let bytes)? = source?.content else { return nil }
        return Observation(stage: .done, facts: ["type": "regular", "sha256": SHA256.hex(bytes + added)])
    }

    func tree(_ path: String) -> Observation {
        switch path {
        case Contract.agentHome: return tree(uids: bottle.has(.uid501) ? "501 1000" : "1000")
        case "/tmp":
            let names = planted.map { "\($0)/" }.joined()
            return tree(count: planted.count, uids: planted.isEmpty ? "" : "0", names: names, uid: "0")
        case GuestSkills.standard:
            guard bottle.session != .twin else { return Observation(stage: .done, errno: "ENOENT") }
            let others = bottle.has(.allskills) ? "\(SuiteSkill.unnamed)/" : ""
            return tree(uids: "1000", names: "\(SuiteSkill.named)/\(others)")
        case skill:
            guard hasSkill else { return Observation(stage: .done, errno: "ENOENT") }
            let owner = bottle.has(.rootowned) ? "0" : "1000"
            let digest = added.isEmpty ? bottle.sources.before ?? "" : "another"
            return tree(digest: digest, uids: owner, uid: owner)
        default: return Observation(stage: .done, errno: "ENOENT")
        }
    }

    private func tree(
        digest: String = "other", count: Int = 9, uids: String, names: String = "a/", uid: String = "1000"
    ) -> Observation {
        Observation(
            stage: .done,
            facts: [
                "digest": digest, "count": "\(count)", "uids": uids, "gids": uids, "names": names, "uid": uid,
                "gid": uid,
                "mode": "0755",
            ])
    }
}
