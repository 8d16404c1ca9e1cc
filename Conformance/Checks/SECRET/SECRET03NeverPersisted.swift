// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// SECRET-03: no file, log, plan, description or error holds the value of a token.
package struct SECRET03NeverPersisted: Check {
    package init() {}

    package let requirement = Requirement(
        id: "SECRET-03",
        title: "token values are in no file, log, plan or error",
        statement:
            "The value of a token MUST NOT stand in anything that a launch writes or says: state and rendered files, plans, "
            + "descriptions, the sidecars' logs and errors, also when the launch fails.",
        why:
            "Files outlive the bottle, get copied into backups and attached to bug reports. A value that was written once is "
            + "a value that has to be replaced.",
        probed:
            "Everything below the directory of the bottle's state is read while the bottle lives, after it is gone and after "
            + "a launch that failed; plan, description, logs and errors are searched as well, for the value plain, reversed, "
            + "in halves, in hex and in base64. A decoy file with such a value must be found.",
        remedy: "Keep values in memory and in the one process that needs them; write names.",
        scope: .host, profiles: .fullProfiles,
        mutants: ["tokenfile": .violated, "logtoken": .violated]
    )

    package func declareTrials(_ declaration: inout TrialDeclaration) {
        declaration.run("plain", .plain)
        declaration.run("failing", .failingBringUp)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        HostFindings.judge(
            evidence, ["plain", "failing"], pass: "nothing that a launch wrote or said held the value of the token"
        ) { outcomes in
            var findings: [Finding] = []
            for outcome in outcomes.values.sorted(by: { $0.kind.rawValue < $1.kind.rawValue }) {
                let leaks = outcome.leaks.filter { $0.place != .argv }
                findings += leaks.map {
                    Finding(
                        .witness, .leak,
                        "the value of a token stood in \($0.detail) (\($0.place.rawValue), \($0.encoding)) during the "
                            + "\(outcome.kind.rawValue) trial")
                }
                if leaks.isEmpty {
                    findings.append(
                        Finding(
                            .witness, .holds, "nothing that the \(outcome.kind.rawValue) trial wrote or said held it"))
                }
                findings += HostFindings.decoys(["content", "text"], outcome)
            }
            guard let plain = outcomes["plain"] else { return findings }
            return findings + [HostFindings.wrote(plain), HostFindings.launched("first", plain)]
        }
    }
}
