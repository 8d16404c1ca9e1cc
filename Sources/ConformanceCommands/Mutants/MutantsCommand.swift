// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
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

    @Option(help: ArgumentHelp("namespaces or docker.", valueName: "name"))
    var backend: String = "namespaces"

    @Option(
        help: ArgumentHelp("docker, podman or a path; DOCKER_HOST and contexts are honoured.", valueName: "engine"))
    var engine: String?

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
        let name = try BackendName.parse(backend)
        guard name.mutant == nil else {
            throw BottleError(.usage, "mutants are made of a backend; choose: namespaces, docker, smolmachines")
        }
        if let engine, name.base != .docker {
            throw BottleError(.usage, "--engine \(engine) has no use with the \(name.base.rawValue) backend")
        }
        let mutants = try Self.chosen(select, of: name.base)
        // An engine's host has the canaries of one run at a time.
        let jobs = name.base == .namespaces ? jobs : 1
        try OpenFiles.makeRoom(runs: min(jobs, mutants.count))
        HostVariables.export()
        let interruption = Interruption()
        let trap = SignalTrap { interruption.trigger(signal: $0) }
        defer { trap.cancel() }
        var rows: [MutantRow] = []
        let engine = engine
        try await withThrowingTaskGroup(of: MutantRow.self) { group in
            func start(_ mutant: Mutant) {
                group.addTask { try await MutantRow.run(mutant, of: name.base, engine: engine, interruption) }
            }
            var waiting = mutants[...]
            for mutant in waiting.prefix(jobs) { start(mutant) }
            waiting = waiting.dropFirst(jobs)
            for try await row in group {
                Console.note("\(row.mutant): \(row.fate)")
                rows.append(row)
                if interruption.signal == nil, let mutant = waiting.popFirst() {
                    start(mutant)
                }
            }
        }
        if let signal = interruption.signal { throw ArgumentParser.ExitCode(128 + signal) }
        let order = Dictionary(uniqueKeysWithValues: mutants.enumerated().map { ($1.id, $0) })
        rows.sort { order[$0.mutant, default: 0] < order[$1.mutant, default: 0] }
        // A row that is not for this kind of backend cannot be armed on it.
        let requirements = CheckCatalogue.all.map(\.requirement).filter { $0.kinds.contains(name.base.kind) }
        let matrix = MutantMatrix(rows: rows, requirements: select.isEmpty ? requirements.map(\.id) : [])
        Console.out(format == .json ? try JSONText.pretty(matrix) : matrix.table)
        throw ArgumentParser.ExitCode(matrix.exitCode)
    }

    /// The mutants that are asked for; without being asked for, those that the backend can be.
    private static func chosen(_ patterns: [String], of backend: BuiltIn) throws(BottleError) -> [Mutant] {
        let possible = MutantCatalogue.all.filter { !backend.places(of: $0).isEmpty }
        guard !patterns.isEmpty else {
            let left = MutantCatalogue.all.map(\.id).filter { id in !possible.contains { $0.id == id } }
            if !left.isEmpty {
                Console.note("\(backend.rawValue) cannot be broken as \(left.joined(separator: ", ")): left out")
            }
            return possible
        }
        let globs = patterns.map(Glob.init)
        for glob in globs where !possible.contains(where: { glob.matches($0.id) }) {
            let names = possible.map(\.id).joined(separator: ", ")
            throw BottleError(
                .usage, "--select \(glob.pattern) matches no mutant of \(backend.rawValue); there are: \(names)")
        }
        return possible.filter { mutant in globs.contains { $0.matches(mutant.id) } }
    }
}
