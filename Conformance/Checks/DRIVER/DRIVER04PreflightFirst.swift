// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// DRIVER-04: a launch looks for what it needs before it does anything.
package struct DRIVER04PreflightFirst: Check {
    package init() {}

    package let requirement = Requirement(
        id: "DRIVER-04",
        title: "a missing tool fails the launch before anything is done",
        statement:
            "Preflight MUST be the first action of a launch: with a required tool missing it MUST fail, naming the tool, and "
            + "leave no state.",
        why:
            "A launch that finds out half way leaves directories, networks and machines behind on every try, and its error "
            + "names whatever it stumbled over instead of what to install.",
        probed:
            "A driver whose tools cannot be found is asked for a launch, while the directory of its state is watched for "
            + "anything that appears; the same launch with the tools in place must come up and write its metadata.",
        remedy: "Look for every tool the backend needs before the first file, network or process is made.",
        scope: .host, profiles: .fullProfiles,
        mutants: ["latepreflight": .violated]
    )

    package func declareTrials(_ declaration: inout TrialDeclaration) {
        declaration.run("missing", .missingTool)
        declaration.run("plain", .plain)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        HostFindings.judge(
            evidence, ["missing", "plain"],
            pass: "without its tools the driver names them and leaves no trace; with them it launches"
        ) { outcomes in
            guard let missing = outcomes["missing"], let plain = outcomes["plain"] else { return [] }
            let tools = evidence.hello.tools
            var findings = HostFindings.refused(
                "first", missing, why: "without the driver's tools", words: tools.isEmpty ? ["?"] : tools)
            if tools.isEmpty {
                findings = [
                    Finding(.attempt, .missing, "the driver names no tool it needs (hello.tools): let it declare them")
                ]
            }
            findings.append(
                missing.sightings.isEmpty
                    ? Finding(.witness, .holds, "nothing appeared where the driver keeps its state")
                    : Finding(
                        .witness, .leak,
                        "a launch without the driver's tools made \(missing.sightings.prefix(3).map(\.path).joined(separator: ", "))"
                    ))
            findings.append(HostFindings.nothingLeft(missing))
            findings.append(HostFindings.launched("first", plain))
            findings.append(
                plain.metadata.isEmpty
                    ? Finding(.permitted, .missing, "a launch with the tools in place wrote no metadata that was seen")
                    : Finding(.permitted, .holds, "a launch with the tools in place wrote its metadata"))
            return findings + HostFindings.decoys(["mode"], missing)
        }
    }
}
