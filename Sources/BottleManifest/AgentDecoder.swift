// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

/// Decodes the agents of a manifest, those in Markdown files included.
enum AgentDecoder {
    /// One agent: its keys, or `file` alone.
    ///
    /// - Throws: `.input` at the place of what is wrong, in the manifest or in the agent's file.
    static func agent(
        _ node: YAMLCursor, bottles: [String: Manifest.Bottle], read: ManifestDecoder.Reader
    ) throws(BottleError) -> Manifest.Agent {
        let fields = try node.fields(ManifestShape.agent + ManifestShape.agentFile)
        guard let file = fields["file"] else { return try agent(node, fields, bottles: bottles) }
        for other in ManifestShape.agent.map(\.name) where fields[other] != nil {
            throw node.problem(
                "found \(other) beside file for \(node.what), expected file alone: the rest stands in that file.")
        }
        let path = try file.string(ManifestRules.problem(withRelativePath:))
        let source: (name: String, text: String)
        do throws(BottleError) {
            source = try read(path)
        } catch {
            throw file.problem("found \(Quoted(path)) for \(file.what): \(error.message)")
        }
        let parts = try AgentFile(source.text, file: source.name)
        let root = try ManifestDecoder.parse(parts.frontMatter, file: source.name).described(node.what)
        var agent = try agent(root, root.fields(ManifestShape.frontMatter), bottles: bottles)
        agent.prompt = parts.prompt
        return agent
    }

    private static func agent(
        _ node: YAMLCursor, _ fields: [String: YAMLCursor], bottles: [String: Manifest.Bottle]
    ) throws(BottleError) -> Manifest.Agent {
        guard let bottleNode = fields["bottle"] else {
            throw node.problem("found no bottle for \(node.what), expected the name of one.")
        }
        let name = try bottleNode.string()
        guard bottles[name] != nil else {
            // A list of everything would bury the message.
            let known = bottles.keys.sorted().prefix(10).map { Quoted($0).description }.joined(separator: ", ")
            throw bottleNode.problem(
                "found \(Quoted(name)) as the bottle of \(node.what), expected \(known.isEmpty ? "a bottle" : known).")
        }
        return Manifest.Agent(
            bottle: name, prompt: try fields["prompt"]?.string(),
            skills: try fields["skills"]?.distinctStrings(ManifestRules.problem(withName:)) ?? [],
            copyCwd: try fields["copy_cwd"]?.boolean() ?? false)
    }
}
