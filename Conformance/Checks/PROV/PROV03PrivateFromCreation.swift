// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// PROV-03: what a launch writes on the host is its owner's alone, from the first moment on.
package struct PROV03PrivateFromCreation: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROV-03",
        title: "host files of a bottle are private from creation on",
        statement:
            "The prompt file and every rendered configuration on the host MUST be 0600 (a script 0700) from their creation "
            + "on, in directories that are 0700; no file may be written first and closed afterwards.",
        why:
            "Between a write and a chmod everybody on the machine can open the file, and what is open stays open. A prompt "
            + "may hold what nobody else is to read, and a configuration says what the bottle may do.",
        probed:
            "A launch runs with a umask of 0 while the directory of its state is watched: every mode a file is seen with "
            + "counts, and so does every change of one. Each file must be seen from its first moment on in one of up to four "
            + "launches, or of up to 16 where they are quick, and of up to eight more that are cut off at their first step. "
            + "A decoy that is open at first and closed later must be noticed.",
        remedy:
            "Create files with open(O_CREAT | O_EXCL, 0600) in a directory made with mkdir(0700); never chmod afterwards.",
        scope: .host, profiles: .fullProfiles,
        mutants: ["chmodlater": .violated, "keyopen": .violated]
    )

    package func declareTrials(_ declaration: inout TrialDeclaration) { declaration.run("plain", .plain) }

    package func judge(_ evidence: Evidence) -> Judgement {
        HostFindings.judge(
            evidence, ["plain"], pass: "every file of a launch was its owner's alone from its first moment on"
        ) { outcomes in
            guard let plain = outcomes["plain"] else { return [] }
            let files = plain.sightings.filter { !$0.isDirectory && $0.path.contains("/") }
            var findings = plain.sightings.compactMap(Self.problem)
            for name in ["prompt.txt", "pipelock.yaml", "metadata.json"]
            where !files.contains(where: { $0.path.hasSuffix("/\(name)") && !$0.modes.isEmpty }) {
                findings.append(
                    Finding(.fact, .missing, "no \(name) was seen, so nothing is known of its mode: run again"))
            }
            if findings.isEmpty {
                findings.append(
                    Finding(
                        .fact, .holds, "\(files.count) files and their directories were seen with private modes only"))
            }
            return findings + [HostFindings.launched("first", plain)] + HostFindings.decoys(["mode"], plain)
        }
    }

    private static func problem(_ sighting: HostTrialOutcome.Sighting) -> Finding? {
        if let wide = sighting.modes.first(where: { $0 & 0o077 != 0 }) {
            return Finding(
                .fact, .leak,
                "\(sighting.path) was seen with mode 0\(String(wide, radix: 8)), open to others than its owner")
        }
        if sighting.modeChanges > 0 {
            return Finding(.fact, .leak, "the mode of \(sighting.path) was changed after the file was there")
        }
        guard !sighting.isWhole else { return nil }
        return Finding(
            .fact, .missing,
            "\(sighting.path) was there before its directory was watched, so its first mode is not known: run again on a "
                + "quieter machine")
    }
}
