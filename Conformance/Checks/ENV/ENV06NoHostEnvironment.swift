// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// ENV-06: nothing of the host's environment is in the guest.
package struct ENV06NoHostEnvironment: Check {
    package init() {}

    package let requirement = Requirement(
        id: "ENV-06",
        title: "no host environment reaches the guest",
        statement:
            "No process of the guest MUST have anything of the environment of the driver or the harness: a guest has what "
            + "the plan, its image and its runtime give it.",
        why:
            "A developer's environment is full of tokens. A runtime that hands it on gives all of them to the agent, and "
            + "none of the bottle's other walls helps.",
        probed:
            "The harness exports a random variable before anything is started. An exec of the guest reports its "
            + "environment, the probe that of every process it can see, and a shell that of every process it can read; a "
            + "variable that the manifest declares and one that the exec was given have to be among them.",
        remedy:
            "Start every process of a guest with an environment of your own making; never add to the one you run in.",
        profiles: .fullProfiles,
        mutants: ["inherit": .violated]
    )

    private static let declared = SuiteVariables.plain
    private static let given = "BOTTLE_SUITE_GIVEN"

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        declaration.probe("environment", .environment)
        declaration.probe("environs", .environs)
        // The probe is closed to its own user; a shell is an ordinary process, like those of an agent.
        let nonce = Nonce.fresh()
        declaration.exec(
            "shell", nonce: nonce,
            ExecRequest(
                ["/bin/sh", "-c", "cat /proc/[0-9]*/environ 2>/dev/null; exit 0"],
                environment: [Self.given: nonce.text]))
        guard declaration.hello.capabilities.contains("guest-root") else { return }
        declaration.probe("environs@root", user: "root", .environs)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.scene(.bottle) else { return evidence.nothing(of: .bottle) }
        let canaries = scene.own.hostVariables
        guard !canaries.isEmpty else {
            let why = "the harness exported no variable of its own, so nothing could leak: run again"
            return Judgement(.inconclusive, why, findings: [Finding(.fact, .missing, why)])
        }
        var findings = [own(evidence, canaries), shell(scene, canaries)]
        findings.append(all(evidence, "environs", "the agent", canaries))
        if evidence.hello.capabilities.contains("guest-root") {
            findings.append(all(evidence, "environs@root", "root", canaries))
        }
        return .concluding(
            findings, pass: "no process of the guest has a variable of the host, and the declared one is there")
    }

    private func own(_ evidence: Evidence, _ canaries: [String: String]) -> Finding {
        guard let observation = evidence.report("environment"), observation.errno == nil else {
            return Evidence.silence("its own environment")
        }
        let facts = observation.facts.filter { $0.key.hasPrefix("env") }
        if let name = Self.leak(in: facts.map { "\($0.key)=\($0.value)" }, canaries) {
            return Finding(.fact, .leak, "an exec in the guest has the host's variable \(name)")
        }
        return facts["env.\(Self.declared)"] == SuiteVariables.verbatim[Self.declared]
            ? Finding(.fact, .holds, "an exec has the declared variable and none of the host's")
            : Finding(
                .fact, .missing, "the declared variable is not in an exec, so nothing shows that one could be seen")
    }

    private func shell(_ scene: SessionScene, _ canaries: [String: String]) -> Finding {
        guard let outcome = scene.own.execs["shell"], let result = outcome.result, !result.truncated else {
            return Evidence.silence("what a shell in the guest can read")
        }
        let text = String(decoding: result.stdout, as: UTF8.self)
        if let name = Self.leak(in: [text], canaries) {
            return Finding(.fact, .leak, "a process that a shell in the guest can read has the host's variable \(name)")
        }
        // Both must show, or the absence of another one means nothing.
        let wanted = ["\(Self.given)=\(outcome.step.nonce)", "\(Self.declared)="]
        guard result.ending == .exited(0), wanted.allSatisfy({ text.contains($0) }) else {
            return Evidence.silence("what a shell in the guest can read")
        }
        return Finding(.fact, .holds, "no process that a shell in the guest can read has a variable of the host")
    }

    private func all(
        _ evidence: Evidence, _ key: String, _ who: String, _ canaries: [String: String]
    ) -> Finding {
        guard let observation = evidence.report(key), observation.errno == nil,
            let readable = observation.facts["readable"].flatMap({ Int($0) }),
            let seen = observation.facts["processes"].flatMap({ Int($0) }), seen > 0
        else { return Evidence.silence("the environment of the guest's processes as \(who)") }
        let environments = observation.facts.filter { $0.key.hasPrefix("environ.") }.map(\.value)
        guard environments.isEmpty == (readable == 0) else {
            return Evidence.silence("the environment of the guest's processes as \(who)")
        }
        if let name = Self.leak(in: environments, canaries) {
            return Finding(.fact, .leak, "a process of the guest, seen as \(who), has the host's variable \(name)")
        }
        return Finding(
            .fact, .holds,
            "none of the \(readable) environments that \(who) can read, of \(seen) processes, has a variable of the host"
        )
    }

    /// The name of a variable whose name or value is in any of the texts, plain or as hex of what is no UTF-8.
    private static func leak(in texts: [String], _ canaries: [String: String]) -> String? {
        canaries.sorted { $0.key < $1.key }.first { name, value in
            let needles = [name, value].flatMap { [$0, Hex.encode(Array($0.utf8))] }
            return texts.contains { text in needles.contains { text.contains($0) } }
        }?.key
    }
}
