// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import BottleDriver
import BottleSystem
import FoundationEssentials

/// `plan`: everything that a launch would decide, without launching anything.
package struct PlanCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what a launch would do: addresses, environment, files and commands.",
        discussion: """
            Nothing is started and nothing but --output is written; the backend need not be installed. The same \
            manifest gives the same plan on every machine with the same home directory.
            """)

    @Option(help: ArgumentHelp("namespaces, docker or smolmachines.", valueName: "name"))
    var backend: String

    @Option(help: ArgumentHelp("The bottle's declaration.", valueName: "file"))
    var manifest: String?

    @Option(help: ArgumentHelp("Which agent of the manifest; needed when it has several.", valueName: "name"))
    var agent: String?

    @Option(help: ArgumentHelp("The bottle's name; made of the agent's when not given.", valueName: "slug"))
    var name: String?

    @Option(help: ArgumentHelp("Write the files and plan.json into a new directory.", valueName: "dir"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Write what the standard bottles come to into a new directory, for run --goldens.", valueName: "dir"))
    var recordGoldens: String?

    @Option(help: "table or json.")
    var format: OutputFormat = .table

    package init() {}

    package func run() async throws {
        let backend = try BackendName.parse(backend)
        guard backend.mutant == nil else {
            throw BottleError(.usage, "a plan is of a backend, not of a mutant; choose: \(backend.base.rawValue)")
        }
        let environment = ProcessInfo.processInfo.environment
        if let recordGoldens { return try await record(backend.base, to: recordGoldens, environment) }
        let choice = try ManifestChoice.load(path: manifest, agent: agent)
        let skills = try choice.skills(environment)
        let slug = try name.map { text throws(BottleError) in try Slug(text) } ?? Slug.named(after: choice.agentName)
        let planner = try backend.base.planner(environment: environment)
        let report = try planner.report(
            choice.request(slug: slug.text, resolver: "127.0.0.1", tokens: choice.knownTokens(environment)))
        let document = PlanDocument(report, backend: planner.hello, skills: skills)
        let json = try JSONText.pretty(document)
        if let output {
            let root = String(report.stageDirectory.dropLast("stage".utf8.count))
            var files = report.artefacts.map { artefact in
                PrivateTree.File(
                    path: artefact.path.hasPrefix(root) ? String(artefact.path.dropFirst(root.count)) : artefact.path,
                    mode: artefact.mode, bytes: Array(artefact.text.utf8))
            }
            files.append(PrivateTree.File(path: "plan.json", mode: 0o600, bytes: Array((json + "\n").utf8)))
            try PrivateTree.write(files, to: output)
            Console.note("wrote \(files.count) files to \(output)")
        }
        switch format {
        case .json: Console.out(json)
        case .table: Console.out(PlanText.render(document))
        }
        for variable in report.bundle.tokenVariables where environment[variable]?.isEmpty ?? true {
            Console.note("note: \(variable) is not set here; a launch would be refused")
        }
    }

    private func record(_ base: BuiltIn, to directory: String, _ environment: [String: String]) async throws {
        let others = [("--manifest", manifest), ("--agent", agent), ("--name", name), ("--output", output)]
        if let other = others.first(where: { $0.1 != nil })?.0 {
            throw BottleError(.usage, "--record-goldens plans the standard bottles; leave \(other) out.")
        }
        let driver = PlanningDriver(try base.planner(environment: environment))
        let count = try await GoldenDirectory.record(
            driver, named: base.rawValue, to: directory, environment: environment)
        Console.note("wrote \(count) goldens to \(directory); read them, then compare with run --goldens \(directory)")
    }
}
