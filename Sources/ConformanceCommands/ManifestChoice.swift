// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleManifest

/// A manifest and the agent of it that is to run.
struct ManifestChoice: Sendable {
    let manifest: Manifest
    let agentName: String

    /// Reads a manifest file; without one, a bottle that may reach nothing and an agent without a prompt.
    static func load(path: String?, agent: String?) throws(BottleError) -> ManifestChoice {
        guard let path else {
            if let agent {
                throw BottleError(.usage, "--agent \(agent) needs a --manifest that declares it")
            }
            let manifest = Manifest(bottles: ["default": .init()], agents: ["agent": .init(bottle: "default")])
            return ManifestChoice(manifest: manifest, agentName: "agent")
        }
        let manifest = try ManifestFile.load(path).manifest
        let names = manifest.agents.keys.sorted()
        guard let chosen = agent ?? (names.count == 1 ? names.first : nil) else {
            throw BottleError(
                .usage,
                "\(path) declares \(names.count) agents; choose one with --agent: \(names.joined(separator: ", "))")
        }
        guard names.contains(chosen) else {
            throw BottleError(
                .usage, "\(path) declares no agent '\(chosen)'; it has: \(names.joined(separator: ", "))")
        }
        return ManifestChoice(manifest: manifest, agentName: chosen)
    }

    /// The chosen agent's bottle; `load` has made sure that the agent exists.
    var bottle: Manifest.Bottle? { manifest.agents[agentName].flatMap { manifest.bottles[$0.bottle] } }

    /// The token values that the chosen agent's routes need, from the host's environment.
    func hostTokens(_ environment: [String: String]) throws(BottleError) -> [String: Redacted<String>] {
        var tokens: [String: Redacted<String>] = [:]
        for route in bottle?.routes ?? [] {
            guard let value = environment[route.tokenVariable], !value.isEmpty else {
                throw BottleError(
                    .input,
                    "the route to \(route.host) needs the variable \(route.tokenVariable), which is not set here")
            }
            tokens[route.tokenVariable] = Redacted(value)
        }
        return tokens
    }
}
