// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

/// What the rows about a launch, seen from the host's side, have in common.
enum HostFindings {
    /// The trial of a key, or why there is none.
    static func trial(_ key: String, _ evidence: Evidence) -> Result<HostTrialOutcome, Absence> {
        guard let outcome = evidence.trials[key] else {
            return .failure(Absence(why: "the launch '\(key)' was not watched: this run has no place to watch from"))
        }
        if let failure = outcome.failure {
            return .failure(Absence(why: "the trial \(outcome.kind.rawValue) could not be carried out: \(failure)"))
        }
        return .success(outcome)
    }

    struct Absence: Error { let why: String }

    /// The judgement over trials that all have to be there.
    static func judge(
        _ evidence: Evidence, _ keys: [String], pass: String, _ find: ([String: HostTrialOutcome]) -> [Finding]
    ) -> Judgement {
        var outcomes: [String: HostTrialOutcome] = [:]
        for key in keys {
            switch trial(key, evidence) {
            case .success(let outcome): outcomes[key] = outcome
            case .failure(let absence):
                // What another trial leaked stays proven.
                let leaks = find(outcomes).filter { $0.state == .leak }
                return .concluding(leaks + [Finding(.fact, .missing, absence.why)], pass: pass)
            }
        }
        return .concluding(find(outcomes), pass: pass)
    }

    /// The watcher's decoys of these names were seen in a trial, and it knows of nothing that it missed.
    static func decoys(_ names: [String], _ outcome: HostTrialOutcome) -> [Finding] {
        let gaps = outcome.gaps.map { gap in
            Finding(
                .fact, .missing,
                "the watcher of the \(outcome.kind.rawValue) trial \(gap), so that it saw nothing else proves nothing: run again"
            )
        }
        return gaps
            + names.map { name in
                outcome.decoys[name] == true
                    ? Finding(
                        .fact, .holds, "the watcher of the \(outcome.kind.rawValue) trial saw its own '\(name)' decoy")
                    : Finding(
                        .fact, .missing,
                        "the watcher of the \(outcome.kind.rawValue) trial did not see its own '\(name)' decoy, so that it saw "
                            + "nothing else proves nothing: run again")
            }
    }

    /// A launch came up: the control of every row about one that must not.
    static func launched(_ name: String, _ outcome: HostTrialOutcome?) -> Finding {
        guard let launch = outcome?.launch(name) else {
            return Finding(.permitted, .missing, "the launch '\(name)' was not made")
        }
        guard launch.launched != nil, launch.error == nil else {
            return Finding(
                .permitted, .missing,
                "a launch with nothing in its way failed (\(launch.error ?? "no reason")), so that another one fails proves "
                    + "nothing: make launches work first")
        }
        return Finding(.permitted, .holds, "a launch with nothing in its way came up")
    }

    /// A launch was refused with a message that names what it should.
    ///
    /// - Parameters:
    ///   - why: What stands in the way, as the end of "a launch was refused ...".
    ///   - words: One of these must stand in the message; none asks for nothing.
    static func refused(_ name: String, _ outcome: HostTrialOutcome?, why: String, words: [String]) -> [Finding] {
        guard let launch = outcome?.launch(name) else {
            return [Finding(.attempt, .missing, "the launch \(why) was not made")]
        }
        guard launch.launched == nil else { return [Finding(.attempt, .leak, "a bottle came up \(why)")] }
        let message = launch.error ?? ""
        guard launch.refused else {
            return [
                Finding(
                    .attempt, .missing,
                    "a launch \(why) broke down instead of being refused (\(message)): look at the driver")
            ]
        }
        guard words.isEmpty || words.contains(where: message.contains) else {
            return [
                Finding(
                    .attempt, .leak,
                    "a launch \(why) was refused without naming \(words.joined(separator: " or ")): \(message)")
            ]
        }
        return [Finding(.attempt, .holds, "a launch was refused \(why): \(message)")]
    }

    /// The launch was seen to do something on the host: a driver that does nothing hides everything.
    static func wrote(_ outcome: HostTrialOutcome) -> Finding {
        let files = outcome.sightings.filter { !$0.isDirectory && $0.path.contains("/") }
        return files.isEmpty
            ? Finding(
                .fact, .missing, "no file of the bottle was seen, so there was nothing to look through: run again")
            : Finding(.fact, .holds, "\(files.count) files of the bottle were there to be looked through")
    }

    /// Nothing of a trial's bottles is left.
    static func nothingLeft(_ outcome: HostTrialOutcome) -> Finding {
        outcome.left.isEmpty
            ? Finding(.fact, .holds, "nothing was left of the \(outcome.kind.rawValue) trial")
            : Finding(
                .fact, .leak, "the \(outcome.kind.rawValue) trial left \(outcome.left.joined(separator: ", ")) behind")
    }
}
