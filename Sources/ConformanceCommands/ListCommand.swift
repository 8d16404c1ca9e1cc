// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleCore
import BottleDriver
import ConformanceChecks
import ConformanceEngine
import FoundationEssentials

/// `list [ID]`: every requirement, or one in full.
package struct ListCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show every requirement; with an id: statement, why, how probed, how to fix.")

    @Argument(help: "A requirement's id, for example NET-02.")
    var id: String?

    @Option(help: "table or json.")
    var format: OutputFormat = .table

    package init() {}

    package func run() throws {
        var requirements = CheckCatalogue.all.map(\.requirement)
        if let id {
            requirements = requirements.filter { $0.id.lowercased() == id.lowercased() }
            guard !requirements.isEmpty else {
                throw BottleError(.usage, "there is no requirement '\(id)'; `bottle-conformance list` shows them all")
            }
        }
        switch format {
        case .json: Console.out(try JSONText.pretty(requirements.map(ListedRequirement.init)))
        case .table where id != nil: for requirement in requirements { Console.out(Self.page(requirement)) }
        case .table: Console.out(Self.table(requirements))
        }
    }

    private static func table(_ requirements: [Requirement]) -> String {
        let rows = requirements.map { [$0.id, $0.level.rawValue.uppercased(), profiles($0), $0.title] }
        return TextTable.render(header: ["ID", "LEVEL", "PROFILES", "TITLE"], rows: rows)
    }

    private static func profiles(_ requirement: Requirement) -> String {
        requirement.profiles.sorted().joined(separator: " ")
    }

    private static func page(_ requirement: Requirement) -> String {
        """
        \(requirement.id)  \(requirement.title)
        \(requirement.level.rawValue.uppercased()), since \(requirement.since), \(profiles(requirement))

        \(requirement.statement)

        Why:     \(requirement.why)
        Probed:  \(requirement.probed)
        Fix:     \(requirement.remedy)
        Kinds:   \(requirement.kinds.map(\.rawValue).sorted().joined(separator: ", "))
        Mutants: \(requirement.mutants.keys.sorted().map { "\($0) (\(requirement.mutants[$0]?.rawValue ?? ""))" }
            .joined(separator: ", "))
        """
    }
}

/// How a command prints its data.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case table, json }

/// The stable machine form of a requirement: `{id, level, area, title, kinds, since, profiles, mutants}` and its texts.
private struct ListedRequirement: Encodable {
    let id: String
    let level: String
    let area: String
    let title: String
    let kinds: [String]
    let since: String
    let profiles: [String]
    let mutants: [String]
    let statement: String
    let why: String
    let probed: String
    let remedy: String

    init(_ requirement: Requirement) {
        id = requirement.id
        level = requirement.level.rawValue
        area = requirement.area
        title = requirement.title
        kinds = requirement.kinds.map(\.rawValue).sorted()
        since = requirement.since
        profiles = requirement.profiles.sorted()
        mutants = requirement.mutants.keys.sorted()
        statement = requirement.statement
        why = requirement.why
        probed = requirement.probed
        remedy = requirement.remedy
    }
}

/// JSON for people and machines: sorted keys, indented.
enum JSONText {
    static func pretty(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
