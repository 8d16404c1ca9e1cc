// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// PROV-05: an agent does not start without a skill that it was promised.
package struct PROV05MissingSkillFails: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PROV-05",
        title: "a missing skill fails the launch",
        statement:
            "A skill that an agent names and that does not exist MUST fail the launch before the agent starts, naming the "
            + "skill, with everything taken down again.",
        why:
            "A skill holds the rules the agent works by. An agent without them works all the same, and nobody notices until "
            + "it has done what the rules forbid.",
        probed: "A launch asks for a skill that is not there; one without it must come up. Nothing may be left.",
        remedy: "Resolve all skills before the bring-up, and let a missing one end the launch with its name.",
        scope: .host, profiles: .fullProfiles,
        mutants: ["warnskip": .violated]
    )

    package func declareTrials(_ declaration: inout TrialDeclaration) {
        declaration.run("missing", .missingSkill)
        declaration.run("plain", .plain)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        HostFindings.judge(
            evidence, ["missing", "plain"], pass: "a skill that does not exist ends the launch by its name"
        ) {
            outcomes in
            guard let missing = outcomes["missing"] else { return [] }
            return HostFindings.refused(
                "first", missing, why: "with a skill that does not exist", words: [HostTrial.missingSkill])
                + [HostFindings.nothingLeft(missing), HostFindings.launched("first", outcomes["plain"])]
        }
    }
}
