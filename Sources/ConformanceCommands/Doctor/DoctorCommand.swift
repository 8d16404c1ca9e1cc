// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import BottleDriver
import FoundationEssentials

/// `doctor`: what this machine can run, what it lacks, and how to get it.
package struct DoctorCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what this machine can run, what it lacks and how to get it.")

    @Option(help: ArgumentHelp("Only this backend.", valueName: "name"))
    var backend: String?

    @Option(
        help: ArgumentHelp("docker, podman or a path; DOCKER_HOST and contexts are honoured.", valueName: "engine"))
    var engine: String?

    @Flag(help: "Put right what can be put right here; needs root.")
    var fix = false

    @Option(help: "table or json.")
    var format: OutputFormat = .table

    package init() {}

    package func run() async throws {
        let chosen = try backend.map { name throws(BottleError) in try BackendName.parse(name) }
        guard chosen?.mutant == nil else {
            let names = BuiltIn.allCases.map(\.rawValue).joined(separator: ", ")
            throw BottleError(.usage, "doctor looks at backends, not at mutants; choose: \(names)")
        }
        if let engine, let base = chosen?.base, base != .docker {
            throw BottleError(.usage, "--engine \(engine) has no use with the \(base.rawValue) backend")
        }
        var statuses = await look(chosen?.base)
        if fix {
            let namespaces = statuses.first { $0.name == BuiltIn.namespaces.rawValue }?.status
            for line in try DoctorRepairs.apply(to: namespaces ?? Status(unmet: [])) { Console.note(line) }
            statuses = await look(chosen?.base)
        }
        let tools = DoctorRepairs.testTools.map { DoctorReport.Tool(name: $0.name, present: $0.isPresent, use: $0.use) }
        let report = DoctorReport(
            backends: statuses.map {
                .init(name: $0.name, usable: $0.status.usable, facts: $0.status.facts, unmet: $0.status.unmet)
            },
            tools: tools)
        Console.out(format == .json ? try JSONText.pretty(report) : report.table)
        if !report.backends.contains(where: \.usable) { throw ArgumentParser.ExitCode(2) }
    }

    /// The status of one backend, or of all that can launch.
    private func look(_ backend: BuiltIn?) async -> [(name: String, status: Status)] {
        if backend == .smolmachines { return [(BuiltIn.smolmachines.rawValue, await HypervisorStatus.check())] }
        var statuses: [(name: String, status: Status)] = []
        if backend != .docker {
            statuses.append((BuiltIn.namespaces.rawValue, await NamespacesPreflight.check()))
        }
        if backend != .namespaces {
            statuses.append((BuiltIn.docker.rawValue, await Self.docker(engine ?? "docker")))
        }
        return statuses
    }

    private static func docker(_ engine: String) async -> Status {
        do {
            let client = try EngineClient(engine: engine, environment: ProcessInfo.processInfo.environment)
            return await DockerPreflight.check(client)
        } catch {
            return Status(unmet: [
                Status.Unmet(
                    id: "engine-program", message: error.message, remedy: "Debian has it in the package docker.io.")
            ])
        }
    }
}

/// The answer of `doctor`, for machines and people.
struct DoctorReport: Encodable, Sendable {
    struct Backend: Encodable, Sendable {
        var name: String
        var usable: Bool
        var facts: [String: String]
        var unmet: [Status.Unmet]
    }
    struct Tool: Encodable, Sendable {
        var name: String
        var present: Bool
        var use: String
    }
    var backends: [Backend]
    var tools: [Tool]

    var table: String {
        var lines: [String] = []
        for backend in backends {
            let facts = backend.facts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            let known = facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))"
            lines.append("\(backend.name): \(backend.usable ? "usable" : "NOT usable")\(known)")
            for unmet in backend.unmet { lines += ["  lacks: \(unmet.message)", "  do:    \(unmet.remedy)"] }
        }
        for tool in tools {
            lines.append("\(tool.name): \(tool.present ? "present" : "missing"), \(tool.use)")
        }
        return lines.joined(separator: "\n")
    }
}
