// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

/// Paths of the host as every machine has them alike: the user's own directories become names.
struct HostPaths {
    static let bottle = "<bottle>"
    static let stage = "<stage>"
    static let manifest = "<manifest>"
    static let workspace = "<workspace>"
    static let images = "<images>"

    /// The directory of the bottle's state: `<state>/claude-bottle/<slug>`.
    let directory: String?
    private let names: [(path: String, name: String)]

    /// Takes the directories from where the contract says that the prompt stands.
    init(_ report: PlanReport) {
        let suffix = "/agent/prompt.txt"
        directory = report.promptFile.hasSuffix(suffix) ? String(report.promptFile.dropLast(suffix.count)) : nil
        var names = [(PlanStep.manifestDirectory, Self.manifest), (PlanStep.workspace, Self.workspace)]
        if let directory, directory.hasPrefix("/") { names.append((directory, Self.bottle)) }
        if report.stageDirectory.hasPrefix("/") { names.append((report.stageDirectory, Self.stage)) }
        if let image = report.agentFromPath, image.hasPrefix("/"), let slash = image.lastIndex(of: "/") {
            names.append((String(image[..<slash]), Self.images))
        }
        // The longest first: the stage may stand in the bottle's directory.
        self.names = names.sorted { $0.0.utf8.count > $1.0.utf8.count }.map { (path: $0.0, name: $0.1) }
    }

    /// A path with its directory by name; whatever else is left as it is.
    func named(_ path: String) -> String {
        for (directory, name) in names {
            if path == directory { return name }
            if path.utf8.starts(with: "\(directory)/".utf8) { return name + path.dropFirst(directory.count) }
        }
        return path
    }

    /// A path of which the contract fixes the part's directory and no file name: the name becomes `*`.
    func part(_ path: String) -> String {
        let named = named(path)
        let fixed = ["pipelock/pipelock.yaml", "egress/routes.yaml", "agent/prompt.txt"]
        guard named.hasPrefix("\(Self.bottle)/"), !fixed.contains(where: { named == "\(Self.bottle)/\($0)" }) else {
            return named
        }
        let parts = named.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? "\(parts[0])/\(parts[1])/*" : named
    }

    /// A text with every path in it by name.
    func named(in text: String) -> String {
        var text = text
        for (directory, name) in names { text = text.replacing(directory, with: name) }
        return text
    }
}
