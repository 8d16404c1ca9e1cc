// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import ConformanceChecks
import ConformanceEngine
import ConformanceReports

/// `run`: attacks a bottle from inside, watches from outside, and says whether it isolates.
package struct RunCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Prove, or disprove, that a backend's bottles isolate.",
        discussion: """
            Exit codes: 0 conformant, 1 violated, 2 harness or driver error, 3 a MUST could not be judged, 5 nothing \
            was verified, 64 usage, 129/130/143 interrupted.
            """)

    @Option(
        help: ArgumentHelp(
            "namespaces (the default), docker, smolmachines, or mutant:NAME[@BACKEND].", valueName: "name"))
    var backend: String?

    @Option(
        help: ArgumentHelp("docker, podman or a path; DOCKER_HOST and contexts are honoured.", valueName: "engine"))
    var engine: String?

    @Option(
        help: ArgumentHelp(
            "A pipelock that bundles run in place of the reference's, such as the real one; a static executable.",
            valueName: "path"))
    var pipelock: String?

    @Option(help: ArgumentHelp("Test bottles of this declaration; its hosts are never contacted.", valueName: "file"))
    var manifest: String?

    @Option(help: ArgumentHelp("Which agent of the manifest.", valueName: "name"))
    var agent: String?

    @Option(help: ArgumentHelp("Compare plans with goldens of plan --record-goldens as well.", valueName: "dir"))
    var goldens: String?

    @Option(help: ArgumentHelp("seed@1, gate@1 or full@1.", valueName: "name"))
    var profile: String = Catalogue.full

    @Option(name: .long, parsing: .singleValue, help: ArgumentHelp("Only these ids; may repeat.", valueName: "glob"))
    var select: [String] = []

    @Option(name: .long, parsing: .singleValue, help: ArgumentHelp("Not these ids; may repeat.", valueName: "glob"))
    var skip: [String] = []

    @Option(help: ArgumentHelp("The least binding level that runs: must, should or may.", valueName: "level"))
    var level: LevelName?

    @Flag(help: "A violated SHOULD is red.")
    var strict = false

    @Option(help: ArgumentHelp("How many bottles and execs go on at once, 1 to 64.", valueName: "n"))
    var jobs: Int = 4

    @Option(
        help: ArgumentHelp(
            "For the whole run: 90s, 5m or milliseconds with ms (default: 120s, in a lab 30m).", valueName: "duration"))
    var timeout: TimeLimit?

    @Option(
        help: ArgumentHelp(
            "Run in a fresh lab machine: always, never, or auto, where microVMs cannot run here.", valueName: "when"))
    var lab: LabUse = .auto

    @Option(help: ArgumentHelp("Write a JUnit report.", valueName: "file"))
    var junit: String?

    @Option(help: ArgumentHelp("Write every event with its evidence as JSON Lines.", valueName: "file"))
    var events: String?

    @Option(help: ArgumentHelp("Write a Markdown summary.", valueName: "file"))
    var summary: String?

    @Option(help: "auto, always or never.")
    var color: ColorChoice = .auto

    /// How long a run may take here, and in a lab, where everything is emulated.
    private static let patience = Duration.seconds(120)
    static let labPatience = Duration.seconds(1800)

    package init() {}

    package func validate() throws {
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs takes a number from 1 to 64") }
    }

    package func run() async throws {
        let interruption = Interruption()
        let trap = SignalTrap { interruption.trigger(signal: $0) }
        defer { trap.cancel() }
        let name = try BackendName.parse(backend ?? "namespaces")
        let own = try goldens.map { path throws(BottleError) in
            try GoldenDirectory.load(path, for: name.base.rawValue)
        }
        let selection = try Selection.resolve(
            checks: own.map(CheckCatalogue.all(goldens:)) ?? CheckCatalogue.all, profile: profile, select: select,
            skip: skip, level: level?.level)
        if own != nil, !selection.checks.contains(where: { CheckCatalogue.comparing.contains($0.requirement.id) }) {
            let ids = CheckCatalogue.comparing.sorted().joined(separator: " and ")
            throw BottleError(.usage, "--goldens is for \(ids), and the selection has none of them")
        }
        let base = try manifest.map { path throws(BottleError) in try ManifestChoice.load(path: path, agent: agent) }
        if manifest == nil, let agent { throw BottleError(.usage, "--agent \(agent) needs a --manifest") }
        if let engine, name.base != .docker {
            throw BottleError(.usage, "--engine \(engine) has no use with the \(name.base.rawValue) backend")
        }
        let program = try pipelockProgram(name)
        let isLab = try await lab.isLab(name.base, selection)
        try OpenFiles.makeRoom()
        HostVariables.export()
        if let base {
            // What the bottle of the suite would leave out is refused, and not left out in silence.
            try LaunchRules.requireSupported(
                BottlePlan.make(manifest: base.manifest, agentName: base.agentName, slug: "manifest"),
                by: name.base.rawValue)
        }
        let inputs = isLab ? try labInputs(base) : nil
        let files = try ReportFiles(junit: junit, events: events, summary: summary)
        let reporter = RunReporter(files: files, color: color.isOn)
        let code: Int32
        do {
            if let inputs {
                let run = LabRun(
                    arguments: labArguments, inputs: inputs, reports: files,
                    // Rows about plans begin with nothing.
                    preparation: selection.checks.allSatisfy { $0.requirement.scope == .plan }
                        ? nil : name.base.labPreparation,
                    timeout: timeout?.duration ?? Self.labPatience)
                code = try await run.perform(interruption)
            } else {
                let request = SuiteRun.Request(
                    backend: name, engine: engine, pipelock: program, chosen: backend != nil, selection: selection,
                    base: base?.bottle ?? Manifest.Bottle(),
                    jobs: jobs, strict: strict, timeout: timeout?.duration ?? Self.patience)
                let outcome = try await SuiteRun.perform(request, interruption: interruption) { reporter.handle($0) }
                code = reporter.finish(outcome.conclusion, exitCode: outcome.exitCode)
            }
        } catch {
            // A report of a run that never got going is better than an old one that looks like this one's.
            _ = reporter.finish(
                "no statement: the run did not \(isLab ? "come to its end" : "start")",
                exitCode: ConformanceEngine.ExitCode.harness, failure: error)
            guard let signal = interruption.signal else { throw error }
            Console.note("bottle-conformance: \(Interruption.name(of: signal)) came before the run had started")
            code = 128 + signal
        }
        throw ArgumentParser.ExitCode(code)
    }

    /// - Throws: `.usage` for a backend whose bundles run no other pipelock, and for what is no program for a bundle.
    private func pipelockProgram(_ name: BackendName) throws(BottleError) -> PipelockProgram? {
        guard let pipelock else { return nil }
        guard name.base != .smolmachines else {
            throw BottleError(
                .usage, "--pipelock \(pipelock) has no use with the smolmachines backend; use docker or namespaces")
        }
        // Half of what the mutants break is the reference's pipelock.
        guard name.mutant == nil else {
            throw BottleError(.usage, "--pipelock \(pipelock) goes with a sound backend only, not with a mutant")
        }
        let program = try PipelockProgram(pipelock)
        for gap in PipelockProgram.lacks {
            Console.note("\(pipelock) runs in place of the reference's pipelock: \(gap)")
        }
        return program
    }
}

/// `--level`.
enum LevelName: String, ExpressibleByArgument, CaseIterable {
    case must, should, may

    var level: Level {
        switch self {
        case .must: .must
        case .should: .should
        case .may: .may
        }
    }
}

/// `--color`: NO_COLOR and a stdout that is no terminal switch colours off unless asked for.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never

    var isOn: Bool {
        switch self {
        case .always: true
        case .never: false
        case .auto: Console.isTerminal(1) && !Console.isSet("NO_COLOR") && !Console.isDumb
        }
    }
}

/// A span of time on the command line: `90s`, `5m`, `1500ms`.
struct TimeLimit: ExpressibleByArgument, Sendable, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        let digits = argument.prefix { ("0"..."9").contains($0) }
        guard let number = Int64(digits), number > 0, number <= 86_400_000 else { return nil }
        switch argument.dropFirst(digits.count) {
        case "ms": duration = .milliseconds(number)
        case "s", "": duration = .seconds(number)
        case "m": duration = .seconds(number * 60)
        default: return nil
        }
    }

    var description: String { "\(duration.components.seconds)s" }
    var defaultValueDescription: String { description }
}
