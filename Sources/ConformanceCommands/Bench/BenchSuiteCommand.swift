// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import ConformanceEngine

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// `bench suite`: what launch, checks and teardown take on a backend, beside the fewest calls that can do it.
package struct BenchSuiteCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "suite", abstract: "What a backend costs against a shell script of the fewest calls.",
        discussion: """
            docker: in every round a script (Fixtures/bench/docker-floor.sh) and the suite launch the same three bottles, \
            try what the five seed checks try, and take everything down. Not counted is what comes before: images, \
            canaries' networks, archives. Then the whole suite runs once, with all of that.
            smolmachines: in every round a script (Fixtures/bench/smolvm-floor.sh) and the backend bring one bottle up, run \
            its first command and take it down; then the script and the backend convert the agent's image, and it is \
            taken from the cache. Where this machine cannot run microVMs it goes on in the lab, and takes some minutes.
            Who comes first changes from round to round.
            Exit codes: 0 all limits are met, 1 one is not, 2 something could not be run, 64 usage, 129/130/143 \
            interrupted.
            """)

    @Option(help: ArgumentHelp("docker or smolmachines: those that there is a floor of.", valueName: "name"))
    var backend: String = BuiltIn.docker.rawValue

    @Option(
        help: ArgumentHelp("docker, podman or a path; DOCKER_HOST and contexts are honoured.", valueName: "engine"))
    var engine: String?

    @Option(
        help: ArgumentHelp(
            "How often everything is measured, 1 to 100 (default: 5, of smolmachines 3).", valueName: "n"))
    var rounds: Int?

    @Option(
        help: ArgumentHelp(
            "How often the conversion of the image is measured, 0 to 20; smolmachines only (default: 1).",
            valueName: "n"))
    var conversions: Int?

    @Option(help: ArgumentHelp("The script to compare with.", valueName: "file"))
    var floor: String?

    @Option(
        help: ArgumentHelp(
            "Measure smolmachines in a fresh lab machine: always, never, or auto, where microVMs cannot run here.",
            valueName: "when"))
    var lab: LabUse?

    @Option(help: "table or json.")
    var format: OutputFormat = .table

    package init() {}

    package func validate() throws {
        guard (1...100).contains(rounds ?? 1) else { throw ValidationError("--rounds takes a number from 1 to 100") }
        guard (0...20).contains(conversions ?? 1) else {
            throw ValidationError("--conversions takes a number from 0 to 20")
        }
    }

    package func run() async throws {
        let interruption = Interruption()
        let trap = SignalTrap { interruption.trigger(signal: $0) }
        defer { trap.cancel() }
        let name = try BackendName.parse(backend)
        guard name.mutant == nil, let place = FloorScript.place(name.base) else {
            throw BottleError(.usage, "there is a floor of docker and of smolmachines only, not of \(backend)")
        }
        let script = try FloorScript(path: floor ?? place)
        let code: Int32
        do {
            code =
                name.base == .smolmachines
                ? try await measureMachines(script, interruption)
                : try await measureSuite(name, script, interruption)
        } catch {
            guard let signal = interruption.signal else { throw error }
            Console.note("bottle-conformance: \(Interruption.name(of: signal)) came before the last round had ended")
            if let error = error as? BottleError, error.code != .cancelled { Console.error(error) }
            code = 128 + signal
        }
        throw ArgumentParser.ExitCode(code)
    }

    /// Fewer rounds than were asked for are no answer to what was asked.
    ///
    /// - Throws: `.cancelled` when a signal came.
    func requireAll(_ interruption: Interruption) throws(BottleError) {
        guard interruption.signal == nil else { throw BottleError(.cancelled, "A signal came before the last round.") }
    }

    static var load: Double? {
        var load = 0.0
        return getloadavg(&load, 1) == 1 ? (load * 100).rounded() / 100 : nil
    }
}
