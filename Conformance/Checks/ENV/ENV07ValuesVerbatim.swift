// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// ENV-07: a value arrives as it was written.
package struct ENV07ValuesVerbatim: Check {
    package init() {}

    package let requirement = Requirement(
        id: "ENV-07", level: .should,
        title: "values of variables arrive verbatim",
        statement:
            "Values of the manifest's variables SHOULD reach every exec of the guest byte for byte: spaces, quotes, =, $, "
            + "backslashes, line feeds, UTF-8 and nothing at all.",
        why:
            "A value that is split, quoted or expanded on its way is a configuration that fails in the bottle only; and what "
            + "expands a value there can be made to run something.",
        probed:
            "The suite's manifest declares variables with such values; an exec reports its environment, which is compared "
            + "byte for byte. A plain value shows that the channel works at all.",
        remedy: "Hand the environment over as a list, never through a shell, an env file or a template.",
        profiles: .fullProfiles,
        mutants: ["requote": .violated, "spliteq": .violated]
    )

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        declaration.probe("environment", .environment)
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.scene(.bottle) != nil else { return evidence.nothing(of: .bottle) }
        guard let observation = evidence.report("environment"), observation.errno == nil else {
            let silence = Evidence.silence("its environment")
            return Judgement(.inconclusive, silence.text, findings: [silence])
        }
        let facts = observation.facts
        guard facts["env.\(SuiteVariables.plain)"] != nil else {
            let why = "no variable of the manifest is in an exec, so nothing can be said of its value: carry them first"
            return Judgement(.inconclusive, why, findings: [Finding(.fact, .missing, why)])
        }
        let findings = SuiteVariables.verbatim.sorted { $0.key < $1.key }.map { name, value in
            compare(name, value, facts["env.\(name)"])
        }
        return .concluding(findings, pass: "all \(findings.count) values arrived byte for byte")
    }

    private func compare(_ name: String, _ value: String, _ seen: String?) -> Finding {
        guard let seen else { return Finding(.fact, .leak, "the variable \(name) of the manifest is not in an exec") }
        // Texts that look equal may differ in bytes.
        return Array(seen.utf8) == Array(value.utf8)
            ? Finding(.fact, .holds, "\(name) arrived as it was written")
            : Finding(.fact, .leak, "\(name) arrived as \(Quoted(seen)) instead of \(Quoted(value))")
    }
}
