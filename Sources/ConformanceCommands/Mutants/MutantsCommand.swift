// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleCore
import ConformanceChecks
import ConformanceEngine
import ConformanceMutants

/// `mutants`: runs every deliberately broken backend and shows which check noticed it.
package struct MutantsCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "mutants", abstract: "Prove that the checks can fail: break the backend in one way at a time.",
        discussion: """
            A mutant counts as killed only when the check that must notice it falls, with the verdict it must reach, \
            while the checks that have nothing to do with it stay green. Exit codes: 0 all killed and every selected \
            requirement armed, 1 a mutant survived, 2 a run broke down, 3 a requirement is unarmed.
            """)

    @Option(help: ArgumentHelp("namespaces.", valueName: "name"))
    var backend: String = "namespaces"

    @Option(parsing: .singleValue, help: ArgumentHelp("Only these mutants; may repeat.", valueName: "glob"))
    var select: [String] = []

    @Option(help: ArgumentHelp("How many mutants run at once, 1 to 16.", valueName: "n"))
    var jobs: Int = 2

    @Option(help: "table or json.")
    var format: OutputFormat = .table

    package init() {}

    package func validate() throws {
        guard (1...16).contains(jobs) else { throw ValidationError("--jobs takes a number from 1 to 16") }
    }

    package func run() async throws {
        guard try BackendName.parse(backend) == BackendName(base: .namespaces, mutant: nil) else {
            throw BottleError(.usage, "mutants are made of a backend that can launch; choose: namespaces")
        }
        let mutants = try Self.chosen(select)
        try OpenFiles.makeRoom(runs: min(jobs, mutants.count))
        let interruption = Interruption()
        let trap = SignalTrap { interruption.trigger(signal: $0) }
        defer { trap.cancel() }
        var rows: [MutantRow] = []
        try await withThrowingTaskGroup(of: MutantRow.self) { group in
            var waiting = mutants[...]
            for mutant in waiting.prefix(jobs) { group.addTask { try await MutantRow.run(mutant, interruption) } }
            waiting = waiting.dropFirst(jobs)
            for try await row in group {
                Console.note("\(row.mutant): \(row.fate)")
                rows.append(row)
                if interruption.signal == nil, let mutant = waiting.popFirst() {
                    group.addTask { try await MutantRow.run(mutant, interruption) }
                }
            }
        }
        if let signal = interruption.signal { throw ArgumentParser.ExitCode(128 + signal) }
        let order = Dictionary(uniqueKeysWithValues: mutants.enumerated().map { ($1.id, $0) })
        rows.sort { order[$0.mutant, default: 0] < order[$1.mutant, default: 0] }
        let matrix = MutantMatrix(
            rows: rows, requirements: select.isEmpty ? CheckCatalogue.all.map(\.requirement.id) : [])
        Console.out(format == .json ? try JSONText.pretty(matrix) : matrix.table)
        throw ArgumentParser.ExitCode(matrix.exitCode)
    }

    private static func chosen(_ patterns: [String]) throws(BottleError) -> [Mutant] {
        guard !patterns.isEmpty else { return MutantCatalogue.all }
        let globs = patterns.map(Glob.init)
        for glob in globs where !MutantCatalogue.all.contains(where: { glob.matches($0.id) }) {
            let names = MutantCatalogue.all.map(\.id).joined(separator: ", ")
            throw BottleError(.usage, "--select \(glob.pattern) matches no mutant; there are: \(names)")
        }
        return MutantCatalogue.all.filter { mutant in globs.contains { $0.matches(mutant.id) } }
    }
}
