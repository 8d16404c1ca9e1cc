// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// LIFE-02: whatever ends a bottle, and at whatever moment, nothing of it stays.
package struct LIFE02NothingLeft: Check {
    package init() {}

    package let requirement = Requirement(
        id: "LIFE-02",
        title: "teardown leaves nothing, whatever ended the bottle",
        statement:
            "A launch that fails or is interrupted at any step of its bring-up, and the end of a bottle that came up, MUST take "
            + "down in reverse order what was made and leave no process, container, network, machine, socket, mount or "
            + "file of it; destroying a bottle that is gone, in part or as a whole, MUST succeed.",
        why:
            "A network or a guest that nobody knows of any more is a sandbox that nobody watches, and the next bottle of that "
            + "name or range is refused, or worse, shares it.",
        probed:
            "An undisturbed launch tells the steps of the bring-up. Each of them is then made to fail, and interrupted, in a "
            + "launch of its own (where a launch is costly, every other one fails and one is interrupted). Two bottles that came up are destroyed, one of them after "
            + "a part of it was taken away, and once more, and so is one that never was. An inventory of the host that does not "
            + "ask the driver must show nothing of any of them; it has to see one planted thing of every kind it looks for, and "
            + "the bottles while they are up. In what order things go is not looked at.",
        remedy:
            "Take down in reverse order from one place that every way out of a launch goes through, not cancelled along with it; go "
            + "on after a failure, and take for done what is not there.",
        scope: .host, profiles: .fullProfiles,
        mutants: ["leaknet": .violated, "leakvolume": .violated, "strictrm": .violated]
    )

    package func declareTrials(_ declaration: inout TrialDeclaration) { declaration.run("teardown", .teardown) }

    package func judge(_ evidence: Evidence) -> Judgement {
        HostFindings.judge(
            evidence, ["teardown"],
            pass: "nothing was left of launches that failed or were interrupted, nor of bottles destroyed"
        ) { outcomes in
            guard let trial = outcomes["teardown"] else { return [] }
            guard let teardown = trial.teardown else {
                return [Finding(.fact, .missing, "nothing was torn down, so nothing is known of what stays")]
            }
            return teardown.attempts.flatMap(disturbed) + everyWay(teardown.attempts)
                + TeardownOutcome.Destruction.What.allCases.flatMap { destroyed($0, teardown) }
                + unnamed(teardown.left) + inventory(teardown, evidence.hello.kind) + HostFindings.decoys([], trial)
                + [HostFindings.launched("whole", trial), HostFindings.launched("partial", trial)]
                + (trial.left.isEmpty ? [] : [HostFindings.nothingLeft(trial)])
        }
    }

    private func disturbed(_ attempt: TeardownOutcome.Attempt) -> [Finding] {
        let launch =
            "a launch that \(attempt.how == .failed ? "failed" : "was interrupted") at the step '\(attempt.step)'"
        var findings = stays(attempt.left, of: launch)
        if let error = attempt.destroyError {
            findings.append(Finding(.attempt, .leak, "\(launch) came up and could not be destroyed: \(error)"))
        }
        if !attempt.isReached {
            let why = attempt.error.map { " (\($0))" } ?? ""
            findings.append(
                Finding(
                    .attempt, .missing,
                    "the step '\(attempt.step)' was not reached by the launch that was to be disturbed there\(why): run again"
                ))
        } else if attempt.how == .failed, attempt.cameUp {
            findings.append(
                Finding(
                    .attempt, .missing,
                    "a launch came up though its step '\(attempt.step)' was made to fail, so that failure proves nothing"
                ))
        }
        return findings.isEmpty ? [Finding(.attempt, .holds, "\(launch) left nothing")] : findings
    }

    private func everyWay(_ attempts: [TeardownOutcome.Attempt]) -> [Finding] {
        TeardownOutcome.Attempt.How.allCases.filter { how in !attempts.contains { $0.how == how } }.map { how in
            Finding(
                .attempt, .missing,
                "no launch could be \(how == .failed ? "made to fail" : "interrupted") at a step of its bring-up, so nothing is "
                    + "known of one: the driver has to tell its steps")
        }
    }

    private func destroyed(_ what: TeardownOutcome.Destruction.What, _ teardown: TeardownOutcome) -> [Finding] {
        let name =
            switch what {
            case .whole: "a bottle that was up"
            case .again: "a bottle that was destroyed before"
            case .partial: "a bottle of which a part was gone"
            case .never: "a bottle that never was"
            }
        let all = teardown.destructions.filter { $0.what == what }
        guard !all.isEmpty else {
            return [Finding(.attempt, .missing, "\(name) was not destroyed, so nothing is known of it")]
        }
        return all.flatMap { destruction in
            var findings = stays(destruction.left, of: name)
            if let error = destruction.error {
                findings.append(Finding(.attempt, .leak, "\(name) could not be destroyed: \(error)"))
            }
            return findings.isEmpty
                ? [Finding(.attempt, .holds, "destroying \(name) succeeded and left nothing")] : findings
        }
    }

    private func stays(_ left: [TeardownOutcome.Remnant], of what: String) -> [Finding] {
        guard !left.isEmpty else { return [] }
        let names = left.prefix(5).map(\.description).joined(separator: ", ")
        let more = left.count > 5 ? " and \(left.count - 5) more" : ""
        return [Finding(.attempt, .leak, "of \(what) there stayed \(names)\(more)")]
    }

    private func unnamed(_ left: [TeardownOutcome.Remnant]) -> [Finding] {
        stays(left, of: "one of the trial's bottles")
    }

    /// What an inventory of machines has to see of bottles that are up: no monitor can be planted.
    static let ofMachines: [TeardownOutcome.Remnant.Kind] = [.machine, .monitor]

    private func inventory(_ teardown: TeardownOutcome, _ kind: BackendKind) -> [Finding] {
        var findings = teardown.planted.sorted { $0.key < $1.key }.map { kind, isSeen in
            isSeen
                ? Finding(.fact, .holds, "the inventory saw the \(kind) that was planted")
                : Finding(
                    .fact, .missing,
                    "the inventory did not see the \(kind) that was planted, so that it saw no other proves nothing")
        }
        if findings.isEmpty {
            findings.append(
                Finding(.fact, .missing, "nothing was planted, so that the inventory saw nothing proves nothing"))
        }
        if kind == .microvm {
            findings += Self.ofMachines.filter { !teardown.seen.contains($0.rawValue) }.map {
                Finding(
                    .fact, .missing,
                    "the inventory saw no \($0.rawValue) of bottles that were up, so it would not see one that stays")
            }
        }
        findings.append(
            teardown.seen.isEmpty
                ? Finding(
                    .fact, .missing,
                    "the inventory saw nothing of bottles that were up, so it would not see what stays of one")
                : Finding(
                    .fact, .holds, "of bottles that were up the inventory saw \(teardown.seen.joined(separator: ", "))")
        )
        return findings
    }
}
