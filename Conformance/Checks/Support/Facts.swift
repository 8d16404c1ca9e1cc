// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// What a probe that looks at files, or at its own process, said; the words of the findings that follow from it.
struct Facts {
    let observation: Observation
    /// The thing looked at, for sentences.
    let what: String

    /// The value of a fact against what it must be.
    func compare(_ name: String, with wanted: String) -> Finding {
        switch observation.facts[name] {
        case wanted?: Finding(.fact, .holds, "\(what) has \(name) \(wanted)")
        case let other?: Finding(.fact, .leak, "\(what) has \(name) \(other) instead of \(wanted)")
        case nil: Finding(.fact, .missing, "the probe did not report the \(name) of \(what): run again")
        }
    }

    /// Whether a tree and everything in it is the agent's.
    var ownership: [Finding] {
        let id = "\(Contract.agentUID)"
        return [compare("uid", with: id), compare("gid", with: id)]
            + ["uids", "gids"].map { name in
                guard let list = observation.facts[name] else {
                    return Finding(.fact, .missing, "the probe did not report the \(name) in \(what): run again")
                }
                let others = list.split(separator: " ").filter { $0 != id }
                return others.isEmpty
                    ? Finding(.fact, .holds, "all in \(what) has \(name) \(id)")
                    : Finding(
                        .fact, .leak,
                        "something in \(what) has \(name) \(others.joined(separator: " ")) instead of \(id)")
            }
    }
}

extension Evidence {
    /// A whole answer of the probe; nil when there is none, or when the probe itself failed on the way.
    func report(_ key: String, in session: Session = .bottle) -> Observation? {
        guard let observation = probe(key, in: session)?.observation, !observation.killed, observation.stage == .done
        else { return nil }
        return observation
    }

    /// The finding for an answer that never came.
    static func silence(_ what: String) -> Finding {
        Finding(.fact, .missing, "no whole answer of the probe about \(what): run again")
    }

    /// The suite's own skills in a session, or why a check cannot be judged without.
    func suiteSkills(_ session: Session) -> SourceEvidence? {
        guard let sources = self[session]?.sources, sources.before != nil else { return nil }
        return sources
    }
}
