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
            while the checks that have nothing to do with it stay green. Of smolmachines, whose bottles take half a minute \
            each in the lab, only what no other backend can arm is tried unless --all is given, and broken bottles \
            stand beside one open twin and one variant of the backend as it is. Exit codes: 0 all killed and every selected \
            requirement armed, 1 a mutant survived, 2 a run broke down, 3 a requirement is unarmed.
            """)

    @Option(help: ArgumentHelp("namespaces, docker or smolmachines.", valueName: "name"))
    var backend: String = "namespaces"

    @Option(
        help: ArgumentHelp("docker, podman or a path; DOCKER_HOST and contexts are honoured.", valueName: "engine"))
    var engine: String?

    @Option(parsing: .singleValue, help: ArgumentHelp("Only these mutants; may repeat.", valueName: "glob"))
    var select: [String] = []

    @Flag(help: "Every mutant that the backend can be: of smolmachines in the lab, that takes more than an hour.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "Run in a fresh lab machine: always, never, or auto, where this one cannot run microVMs.",
            valueName: "when"))
    var lab: LabUse = .auto

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
        if all, !select.isEmpty { throw BottleError(.usage, "--all leaves nothing to --select; give one of them") }
        let choice = try MutantChoice(select, isWhole: all, of: name.base)
        let interruption = Interruption()
        let trap = SignalTrap { interruption.trigger(signal: $0) }
        defer { trap.cancel() }
        if try await lab.isLab(name.base, boots: choice.mutants.contains { $0.arena == .bottles }) {
            throw ArgumentParser.ExitCode(try await inLab(choice, name.base).perform(interruption))
        }
        tellWhatIsLeftOut(choice, name.base)
        // An engine's host has the canaries of one run at a time.
        let jobs = name.base == .namespaces ? jobs : 1
        try OpenFiles.makeRoom(runs: min(jobs, choice.mutants.count))
        HostVariables.export()
        let rows = try await rows(of: choice.mutants, name.base, jobs, interruption)
        if let signal = interruption.signal { throw ArgumentParser.ExitCode(128 + signal) }
        let matrix = MutantMatrix(rows: rows, requirements: choice.requirements)
        Console.out(format == .json ? try JSONText.pretty(matrix) : matrix.table)
        throw ArgumentParser.ExitCode(matrix.exitCode)
    }

    /// Tries them, and returns what became of each, in their order.
    private func rows(
        of mutants: [Mutant], _ base: BuiltIn, _ jobs: Int, _ interruption: Interruption
    ) async throws -> [MutantRow] {
        // Worlds of namespaces cost nothing, and each run has its own.
        let stage = base == .namespaces ? nil : MutantStage(base, engine: engine)
        do {
            let trial = try await trial(mutants, base, stage, interruption)
            let rows = try await concurrentRows(mutants, base, jobs, trial)
            await stage?.end()
            return rows
        } catch {
            await stage?.end()
            throw error
        }
    }

    private func trial(
        _ mutants: [Mutant], _ base: BuiltIn, _ stage: MutantStage?, _ interruption: Interruption
    ) async throws -> MutantRow.Trial {
        var trial = MutantRow.Trial(engine: engine, stage: stage, interruption: interruption)
        guard base == .smolmachines, let stage else { return trial }
        // Longer than anything takes on an emulated processor: what hangs ends at its own deadlines.
        trial.timeout = .seconds(900)
        trial.reference = try await MutantReference.run(
            mutants, of: base, on: stage, timeout: trial.timeout, interruption)
        if let reference = trial.reference {
            Console.note("the backend as it is: \(reference.passed) of \(reference.verdicts.count) pass")
        }
        return trial
    }

    private func concurrentRows(
        _ mutants: [Mutant], _ base: BuiltIn, _ jobs: Int, _ trial: MutantRow.Trial
    ) async throws -> [MutantRow] {
        var rows: [MutantRow] = []
        try await withThrowingTaskGroup(of: MutantRow.self) { group in
            func start(_ mutant: Mutant) { group.addTask { try await MutantRow.run(mutant, of: base, trial) } }
            var waiting = mutants[...]
            for mutant in waiting.prefix(jobs) { start(mutant) }
            waiting = waiting.dropFirst(jobs)
            for try await row in group {
                Console.note("\(row.mutant): \(row.fate) after \(row.seconds) s")
                rows.append(row)
                if trial.interruption.signal == nil, let mutant = waiting.popFirst() { start(mutant) }
            }
        }
        let order = Dictionary(uniqueKeysWithValues: mutants.enumerated().map { ($1.id, $0) })
        return rows.sorted { order[$0.mutant, default: 0] < order[$1.mutant, default: 0] }
    }

    private func tellWhatIsLeftOut(_ choice: MutantChoice, _ base: BuiltIn) {
        guard select.isEmpty else { return }
        let impossible = MutantCatalogue.all.filter { base.places(of: $0).isEmpty }.map(\.id)
        if !impossible.isEmpty {
            Console.note("\(base.rawValue) cannot be broken as \(impossible.joined(separator: ", ")): left out")
        }
        let left = MutantCatalogue.all.map(\.id).filter { id in
            !impossible.contains(id) && !choice.mutants.contains { $0.id == id }
        }
        if !left.isEmpty {
            Console.note("\(left.count) more that other backends have as well are left out; --all tries them too")
        }
    }
}
