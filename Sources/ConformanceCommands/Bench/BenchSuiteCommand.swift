// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import ConformanceChecks
import ConformanceEngine

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `bench suite`: what launch, checks and teardown take on an engine, beside the fewest engine calls that can do it.
package struct BenchSuiteCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "suite", abstract: "The five seed checks against a shell script of the fewest engine calls.",
        discussion: """
            In every round a script (Fixtures/bench/docker-floor.sh) and the suite launch the same three bottles, try \
            what the five seed checks try, and take everything down; who comes first changes from round to round. Not \
            counted is what comes before: images, canaries' networks, archives. Then the whole suite runs once, with all \
            of that. Exit codes: 0 both limits are met, 1 one is not, 2 something could not be run, 64 usage, \
            129/130/143 interrupted.
            """)

    @Option(help: ArgumentHelp("docker: the only backend that there is a floor of.", valueName: "name"))
    var backend: String = BuiltIn.docker.rawValue

    @Option(
        help: ArgumentHelp("docker, podman or a path; DOCKER_HOST and contexts are honoured.", valueName: "engine"))
    var engine: String?

    @Option(help: ArgumentHelp("How often everything is measured, 1 to 100.", valueName: "n"))
    var rounds: Int = 5

    @Option(help: ArgumentHelp("The script to compare with.", valueName: "file"))
    var floor: String = FloorScript.place

    @Option(help: "table or json.")
    var format: OutputFormat = .table

    package init() {}

    package func validate() throws {
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds takes a number from 1 to 100") }
    }

    package func run() async throws {
        let interruption = Interruption()
        let trap = SignalTrap { interruption.trigger(signal: $0) }
        defer { trap.cancel() }
        let name = try BackendName.parse(backend)
        guard name.base == .docker, name.mutant == nil else {
            throw BottleError(.usage, "there is a floor of the docker backend only, not of \(backend)")
        }
        let script = try FloorScript(path: floor)
        try OpenFiles.makeRoom()
        HostVariables.export()
        let bench = SuiteBench(backend: name, engine: engine, script: script, interruption: interruption)
        let load = Self.load
        var measured: [SuiteFigures.Round] = []
        for number in 1...rounds where interruption.signal == nil {
            guard let round = try await bench.round(floorFirst: number % 2 == 1) else { break }
            measured.append(round)
            Console.note(
                """
                round \(number) of \(rounds): floor \(Int(round.floor.milliseconds)) ms, \
                \(Catalogue.seed) \(Int(round.seed.milliseconds)) ms, \
                \(Catalogue.full) \(Int(round.suite.milliseconds)) ms
                """)
        }
        // Fewer rounds than were asked for are no answer to what was asked.
        if let signal = interruption.signal {
            Console.note("bottle-conformance: \(Interruption.name(of: signal)) came before the last round had ended")
            throw ArgumentParser.ExitCode(128 + signal)
        }
        let facts = bench.facts
        let setting = SuiteFigures.Setting(
            engine: facts["engine"] ?? name.base.rawValue, kernel: facts["kernel"] ?? "unknown",
            floor: script.digest, isRelease: BenchCommand.isRelease, load: load)
        guard let figures = SuiteFigures(measured, setting: setting) else {
            throw BottleError(.internalFault, "nothing was measured")
        }
        Console.out(format == .json ? try JSONText.pretty(figures) : figures.table)
        throw ArgumentParser.ExitCode(figures.exitCode)
    }

    private static var load: Double? {
        var load = 0.0
        return getloadavg(&load, 1) == 1 ? (load * 100).rounded() / 100 : nil
    }
}
