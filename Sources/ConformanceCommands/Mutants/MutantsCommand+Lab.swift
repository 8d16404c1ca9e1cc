// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import FoundationEssentials

extension MutantsCommand {
    /// For what comes before the first mutant, and more than one of them takes in a lab.
    private static let labStart = Duration.seconds(600)
    private static let labMutant = Duration.seconds(300)

    /// The same command line again, but for where it runs.
    ///
    /// - Throws: `.usage` for what a lab cannot have.
    func inLab(_ choice: MutantChoice, _ base: BuiltIn) throws -> LabRun {
        try LabInputs.requireOwnEngine(engine)
        try LabInputs.requireOwnImage()
        var words = ["mutants", "--backend", base.rawValue, "--lab", "never", "--jobs", "\(jobs)"]
        for pattern in select { words += ["--select", pattern] }
        if all { words.append("--all") }
        words += ["--format", format.rawValue]
        return LabRun(
            arguments: words, inputs: try LabInputs(manifest: nil, goldens: nil),
            reports: try ReportFiles(junit: nil, events: nil, summary: nil), preparation: base.labPreparation,
            timeout: Self.labStart + Self.labMutant * choice.mutants.count)
    }
}
