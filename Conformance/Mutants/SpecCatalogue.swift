// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// The generated half of `Conformance/SPEC.md`: what every check demands and which mutants prove that it can fail.
package enum SpecCatalogue {
    /// The lines between which the generated text stands.
    package static let begin = "<!-- generated from the checks: begin -->"
    package static let end = "<!-- generated from the checks: end -->"

    /// Markdown for requirements in catalogue order and the mutants that must make their checks fall.
    package static func render(_ requirements: [Requirement], mutants: [Mutant]) -> String {
        let table = requirements.map { requirement in
            let cells = [
                "[\(requirement.id)](#\(requirement.id.lowercased()))", requirement.level.rawValue.uppercased(),
                requirement.title, requirement.profiles.sorted().joined(separator: ", "),
                arming(requirement, mutants).map { "`\($0.id)`" }.joined(separator: ", "),
            ]
            return "| \(cells.joined(separator: " | ")) |"
        }
        let sections = requirements.map { section($0, mutants) }
        return ([heading] + table + [""] + sections).joined(separator: "\n")
    }

    private static let heading = """
        | id | level | title | profiles | mutants |
        |---|---|---|---|---|
        """

    private static func section(_ requirement: Requirement, _ mutants: [Mutant]) -> String {
        let arming = arming(requirement, mutants).map { mutant in
            "- `\(mutant.id)` → \(mutant.mustFall[requirement.id]?.rawValue ?? ""): \(mutant.breaks)"
        }
        return """
            ### \(requirement.id)

            **\(requirement.title)** (\(requirement.level.rawValue.uppercased()), since \(requirement.since), \
            \(requirement.kinds.map(\.rawValue).sorted().joined(separator: ", ")))

            \(requirement.statement)

            Why: \(requirement.why)

            Probed: \(requirement.probed)

            Fix: \(requirement.remedy)

            \(arming.isEmpty ? "Unarmed: no mutant makes this check fall." : arming.joined(separator: "\n"))

            """
    }

    private static func arming(_ requirement: Requirement, _ mutants: [Mutant]) -> [Mutant] {
        mutants.filter { $0.mustFall[requirement.id] != nil }
    }
}
