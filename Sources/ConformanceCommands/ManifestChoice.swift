// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleManifest
import FoundationEssentials

/// A manifest and the agent of it that is to run.
struct ManifestChoice: Sendable {
    let manifest: Manifest
    let agentName: String
    /// The file, as the user named it; nil for the bottle that is made up without one.
    let path: String?
    /// What the manifest's paths are relative to; absolute.
    let directory: String?
    /// Files below the directory that are a part of the manifest.
    var texts: [String] = []

    /// Reads a manifest file; without one, a bottle that may reach nothing and an agent without a prompt.
    static func load(path: String?, agent: String?) throws(BottleError) -> ManifestChoice {
        guard let path else {
            if let agent {
                throw BottleError(.usage, "--agent \(agent) needs a --manifest that declares it")
            }
            let manifest = Manifest(bottles: ["default": .init()], agents: ["agent": .init(bottle: "default")])
            return ManifestChoice(manifest: manifest, agentName: "agent", path: nil, directory: nil)
        }
        let file = try ManifestFile.load(path)
        let names = file.manifest.agents.keys.sorted()
        guard let chosen = agent ?? (names.count == 1 ? names.first : nil) else {
            throw BottleError(
                .usage,
                "\(path) declares \(names.count) agents; choose one with --agent: \(names.joined(separator: ", "))")
        }
        guard names.contains(chosen) else {
            throw BottleError(
                .usage, "\(path) declares no agent '\(chosen)'; it has: \(names.joined(separator: ", "))")
        }
        let directory = URL(filePath: file.directory).standardizedFileURL.path
        return ManifestChoice(
            manifest: file.manifest, agentName: chosen, path: path,
            directory: directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory,
            texts: file.texts)
    }

    /// The manifest's path from anywhere; nil for the bottle that is made up without one.
    var absolutePath: String? {
        guard let path, let directory else { return nil }
        return (directory == "/" ? "" : directory) + "/" + URL(filePath: path).lastPathComponent
    }

    /// The chosen agent's bottle; `load` has made sure that the agent exists.
    var bottle: Manifest.Bottle? { manifest.agents[agentName].flatMap { manifest.bottles[$0.bottle] } }

    /// What a driver is asked for.
    func request(slug: String, resolver: String, tokens: [String: Redacted<String>]) -> LaunchRequest {
        LaunchRequest(
            manifest: manifest, agentName: agentName, slug: slug, network: .bottle, resolver: resolver, tokens: tokens,
            manifestDirectory: directory,
            workspace: manifest.agents[agentName]?.copyCwd == true ? FileManager.default.currentDirectoryPath : nil)
    }

    /// The skills of the agent, each with its directory on the host and in the guest.
    ///
    /// - Throws: `.input` naming a skill that is not there, and who asked for it; `.usage` for a bad override variable.
    func skills(_ environment: [String: String]) throws(BottleError) -> [PlanDocument.Skill] {
        let target = try GuestSkills.directory(environment: environment)
        var skills: [PlanDocument.Skill] = []
        for name in manifest.agents[agentName]?.skills ?? [] {
            let directory = directory ?? "."
            let source: String
            do throws(BottleError) {
                source = try ManifestDirectory.resolve(GuestSkills.source(of: name), in: directory)
            } catch {
                throw BottleError(
                    .input,
                    """
                    \(path ?? "the manifest"): agent '\(agentName)' asks for the skill '\(name)', which is not at \
                    \(directory)/\(GuestSkills.source(of: name)): \(error.message)
                    """)
            }
            skills.append(PlanDocument.Skill(name: name, source: source, target: "\(target)/\(name)"))
        }
        return skills
    }

    /// The token values that the chosen agent's routes need, from the host's environment.
    ///
    /// - Throws: `.prerequisite` naming the first variable that is not set, and the route that needs it.
    func hostTokens(_ environment: [String: String]) throws(BottleError) -> [String: Redacted<String>] {
        for route in bottle?.routes ?? [] where environment[route.tokenVariable]?.isEmpty ?? true {
            throw BottleError(
                .prerequisite,
                """
                \(path ?? "the manifest"): the route to \(route.host) of agent '\(agentName)' needs the variable \
                \(route.tokenVariable), which is not set here; set it to the token's value
                """)
        }
        return knownTokens(environment)
    }

    /// The token values of the agent's routes that are set.
    func knownTokens(_ environment: [String: String]) -> [String: Redacted<String>] {
        var tokens: [String: Redacted<String>] = [:]
        for route in bottle?.routes ?? [] {
            if let value = environment[route.tokenVariable], !value.isEmpty {
                tokens[route.tokenVariable] = Redacted(value)
            }
        }
        return tokens
    }
}
