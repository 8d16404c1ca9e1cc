// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PROV-09: the agent owns its home, and /tmp is everybody's and empty.
package struct PROV09HomeAndTmp: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROV-09",
        title: "the home is the agent's, and /tmp is clean",
        statement:
            "The agent's home MUST belong to the agent user with everything in it, the agent MUST be able to add to "
            + "~/.claude.json, and /tmp MUST have mode 1777 and be empty when the agent starts.",
        why:
            "A file of somebody else in the home is one that the agent cannot change, or a host's id that shows where it "
            + "came from. A /tmp with leftovers carries data from one bottle, or from the build, to the next.",
        probed:
            "Before anything else the guest reports who owns anything in the home and what is in /tmp; then it adds to "
            + "~/.claude.json. Where a guest has a root, a file of root's is planted and has to be found.",
        remedy:
            "Give the home to the agent user recursively before you put anything into it, put it there as the agent, and "
            + "start with an empty /tmp of mode 1777.",
        profiles: .fullProfiles,
        mutants: ["uid501": .violated, "frozenconfig": .violated, "dirtytmp": .violated]
    )

    private static let tmp = "/tmp"

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let home = declaration.description.guestHome
        declaration.probe("home", phase: .before, .tree(path: home))
        declaration.probe("tmp", phase: .before, .file(path: Self.tmp))
        declaration.probe("leftovers", phase: .before, .tree(path: Self.tmp))
        declaration.probe("append", .appendFile(path: "\(home)/.claude.json", bytes: [0x0a]))
        guard declaration.hello.capabilities.contains("guest-root") else { return }
        let nonce = Nonce.fresh()
        declaration.probe(
            "plant", nonce: nonce, user: "root", .writeFile(path: "\(Self.tmp)/\(nonce)", bytes: Array(nonce.text.utf8))
        )
        declaration.probe("found", phase: .after, .tree(path: Self.tmp))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let planted = evidence.hello.capabilities.contains("guest-root") ? [plant(evidence)] : []
        return .concluding(
            home(evidence, scene.description.guestHome) + tmp(evidence) + [append(evidence, scene)] + planted,
            pass: "everything in \(scene.description.guestHome) is the agent's, and /tmp was empty with mode 1777")
    }

    private func home(_ evidence: Evidence, _ path: String) -> [Finding] {
        guard let observation = evidence.report("home") else { return [Evidence.silence(path)] }
        switch observation.errno {
        case "ENOENT", "ENOTDIR": return [Finding(.fact, .leak, "the agent has no home at \(path)")]
        case "EACCES", "EPERM":
            return [Finding(.fact, .leak, "there is something in \(path) that the agent cannot read")]
        case let errno?: return [Finding(.fact, .missing, "\(path) could not be looked through: \(errno)")]
        case nil: break
        }
        return Facts(observation: observation, what: path).ownership
    }

    private func tmp(_ evidence: Evidence) -> [Finding] {
        guard let directory = evidence.report("tmp"), let inside = evidence.report("leftovers") else {
            return [Evidence.silence(Self.tmp)]
        }
        if let errno = directory.errno {
            return [
                errno == "ENOENT"
                    ? Finding(.fact, .leak, "there is no /tmp")
                    : Finding(.fact, .missing, "/tmp could not be read: \(errno)")
            ]
        }
        let facts = Facts(observation: directory, what: "/tmp")
        let leftovers: Finding
        switch (inside.errno, inside.facts["count"]) {
        case (nil, "0"?): leftovers = Finding(.fact, .holds, "/tmp was empty")
        case (nil, let count?):
            let names = inside.facts["names"].map { Quoted($0).description } ?? ""
            leftovers = Finding(.fact, .leak, "/tmp held \(count) entries before the agent started: \(names)")
        // What the agent cannot look into is there nevertheless.
        case ("EACCES"?, _): leftovers = Finding(.fact, .leak, "/tmp held something that the agent cannot read")
        default: leftovers = Evidence.silence("what is in /tmp")
        }
        return [facts.compare("type", with: "directory"), facts.compare("mode", with: "1777"), leftovers]
    }

    private func append(_ evidence: Evidence, _ scene: SessionScene) -> Finding {
        let path = "\(scene.description.guestHome)/.claude.json"
        guard let observation = evidence.report("append") else { return Evidence.silence(path) }
        switch observation.errno {
        case nil: return Finding(.fact, .holds, "the agent can add to \(path)")
        case "EACCES", "EPERM", "EROFS", "ELOOP", "ENOENT", "EISDIR":
            return Finding(.fact, .leak, "the agent cannot add to \(path): \(observation.errno ?? "")")
        case let errno?: return Finding(.fact, .missing, "\(path) could not be tried: \(errno)")
        }
    }

    /// The control: a file of somebody else shows.
    private func plant(_ evidence: Evidence) -> Finding {
        guard let step = evidence.probe("plant")?.step, let plant = evidence.report("plant"), plant.errno == nil,
            let found = evidence.report("found"), found.errno == nil
        else { return Evidence.silence("a file of root's in /tmp") }
        let owners = found.facts["uids"]?.split(separator: " ") ?? []
        let names = found.facts["names"]?.split(separator: "/").map(String.init) ?? []
        return owners.contains("0") && names.contains(step.nonce.text)
            ? Finding(.fact, .holds, "a file of root's is found")
            : Finding(
                .fact, .missing, "a file that root planted in /tmp was not found, so foreign files would not show")
    }
}
