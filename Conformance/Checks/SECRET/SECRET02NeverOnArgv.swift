// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// SECRET-02: no command line on the host ever shows the value of a token.
package struct SECRET02NeverOnArgv: Check {
    package init() {}

    package let requirement = Requirement(
        id: "SECRET-02",
        title: "token values are on no command line of the host",
        statement:
            "The value of a token MUST NOT stand on any command line of the host, in any form, at any moment of planning, "
            + "launch, use and tear-down; only names may.",
        why: "Every user of the machine can read every command line, and many tools write them into logs.",
        probed:
            "While bottles with a token are launched, used and destroyed, and while a launch fails, the command lines of all "
            + "processes are read over and over and searched for the value, plain, reversed, in halves, in hex and in "
            + "base64. A process of the harness's own that shows such a value must be noticed. What lives for less than a "
            + "round of reading, a millisecond or two, can be missed.",
        remedy:
            "Hand values over on a pipe or in the environment of the one process that needs them, never as arguments.",
        scope: .host, profiles: .fullProfiles,
        mutants: ["tokenargv": .violated]
    )

    package func declareTrials(_ declaration: inout TrialDeclaration) {
        declaration.run("plain", .plain)
        declaration.run("failing", .failingBringUp)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        HostFindings.judge(evidence, ["plain", "failing"], pass: "no command line showed the value of the token") {
            outcomes in
            var findings: [Finding] = []
            for outcome in outcomes.values.sorted(by: { $0.kind.rawValue < $1.kind.rawValue }) {
                let leaks = outcome.leaks.filter { $0.place == .argv }
                findings += leaks.map {
                    Finding(
                        .witness, .leak,
                        "the value of a token stood on the command line of \($0.detail) (\($0.encoding))")
                }
                if leaks.isEmpty {
                    findings.append(
                        Finding(
                            .witness, .holds, "no command line of the \(outcome.kind.rawValue) trial showed the value"))
                }
                findings += HostFindings.decoys(["argv", "text"], outcome)
            }
            let used = outcomes["plain"].map { HostFindings.wrote($0) }
            return findings + [HostFindings.launched("first", outcomes["plain"])] + (used.map { [$0] } ?? [])
        }
    }
}
