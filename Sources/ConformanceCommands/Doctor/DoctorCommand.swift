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

    @Flag(help: "Put right what can be put right here; needs root.")
    var fix = false

    @Option(help: "table or json.")
    var format: OutputFormat = .table

    package init() {}

    package func run() async throws {
        if let backend, try BackendName.parse(backend) != BackendName(base: .namespaces, mutant: nil) {
            throw BottleError(.usage, "doctor looks at backends, not at mutants; choose: namespaces")
        }
        var status = await NamespacesPreflight.check()
        if fix {
            for line in try DoctorRepairs.apply(to: status) { Console.note(line) }
            status = await NamespacesPreflight.check()
        }
        let tools = DoctorRepairs.testTools.map { DoctorReport.Tool(name: $0.name, present: $0.isPresent, use: $0.use) }
        let report = DoctorReport(
            backends: [.init(name: "namespaces", usable: status.usable, facts: status.facts, unmet: status.unmet)],
            tools: tools)
        Console.out(format == .json ? try JSONText.pretty(report) : report.table)
        if !report.backends.contains(where: \.usable) { throw ArgumentParser.ExitCode(2) }
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
