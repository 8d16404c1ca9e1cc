// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What dead runs of this user left on an engine.
///
/// A resource is removed only when its label names this state directory as its owner and no living process holds the
/// lease of its bottle there. A name is no proof of anything, and other people's labels are not ours.
package enum DockerSweep {
    /// What an engine keeps.
    enum Kind: String, Sendable, Hashable { case container, network, volume }

    /// What a bottle has on an engine, unless it is broken on purpose.
    static let ofBottles: Set<Kind> = [.container, .network]

    /// Who owns what is launched from a state directory: a random word, made once.
    ///
    /// Not the path: two machines that share an engine may well have the same one.
    static func owner(stateRoot: String) throws(BottleError) -> String {
        let path = "\(stateRoot)/owner"
        try StateDirectory.make(stateRoot)
        return try DirectoryLock.withLock(stateRoot) { () throws(BottleError) in
            if let bytes = HostFiles.contents(of: path, limit: 64), bytes.count == 32,
                bytes.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
            {
                return String(decoding: bytes, as: UTF8.self)
            }
            var generator = SystemRandomNumberGenerator()
            let word = (0..<4).map { _ in
                let digits = String(UInt32.random(in: 0...UInt32.max, using: &generator), radix: 16)
                return String(repeating: "0", count: 8 - digits.count) + digits
            }.joined()
            try PrivateTree.replace(path, with: Array(word.utf8))
            return word
        }
    }

    /// Removes what dead runs left, or with `dryRun` only names it: containers first, since the others hang on them.
    ///
    /// - Returns: A line for each resource, sorted.
    /// - Throws: What the engine says against it; `.prerequisite` when none answers.
    package static func sweep(
        engine: EngineClient, stateRoot: String, dryRun: Bool = false
    ) async throws -> [String] {
        try await remove([.container, .network, .volume], engine, stateRoot: stateRoot, dryRun: dryRun) {
            slug throws(BottleError) in
            try !isAlive(slug, stateRoot)
        }
    }

    /// Removes what there is of bottles of ours, dead or alive; what only has their names stays.
    ///
    /// - Returns: A line for each resource, sorted.
    @discardableResult
    static func discard(
        _ slugs: Set<String>, _ kinds: Set<Kind> = ofBottles, engine: EngineClient, stateRoot: String
    ) async throws -> [String] {
        try await remove(kinds, engine, stateRoot: stateRoot, dryRun: false) { slugs.contains($0) }
    }

    private static func remove(
        _ kinds: Set<Kind>, _ engine: EngineClient, stateRoot: String, dryRun: Bool,
        where isDead: (String) throws(BottleError) -> Bool
    ) async throws -> [String] {
        let owner = try owner(stateRoot: stateRoot)
        let filter = ["--filter", "label=\(DockerNames.ownerLabel)=\(owner)"]
        func found(_ kind: Kind, _ arguments: [String], _ name: String) async throws -> [Found] {
            guard kinds.contains(kind) else { return [] }
            return try await list(engine, arguments + filter + ["--format", "\(name) {{.Labels}}"])
        }
        async let containers = found(.container, ["ps", "--all", "--no-trunc"], "{{.ID}} {{.Names}}")
        async let networks = found(.network, ["network", "ls", "--no-trunc"], "{{.ID}} {{.Name}}")
        async let volumes = found(.volume, ["volume", "ls"], "{{.Name}} {{.Name}}")
        var removed: [String] = []
        for (kind, found, verb) in [
            (Kind.container, try await containers, BundleCommands.removeContainers),
            (.network, try await networks, BundleCommands.removeNetwork),
            (.volume, try await volumes, ["volume", "rm"]),
        ] {
            var dead: [Found] = []
            for each in found where try isDead(each.slug) { dead.append(each) }
            guard !dead.isEmpty else { continue }
            if !dryRun {
                // A guest before the container that holds its network, which is how their names sort. Another sweep may have
                // been faster, and a helper without a client removes itself.
                let ids = dead.sorted { $0.name < $1.name }.map(\.id)
                if let output = try await engine.remove(verb, ids) {
                    throw engine.error("remove what dead runs left", output)
                }
            }
            removed += dead.map { "\(kind.rawValue) \($0.name)" }
        }
        return removed.sorted()
    }

    private typealias Found = (id: String, name: String, slug: String)

    private static func list(_ engine: EngineClient, _ arguments: [String]) async throws -> [Found] {
        let text = try await engine.call("list what bottles own", arguments).text
        return text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            guard words.count == 3 else { return nil }
            // `name=value,name=value`, or as Podman has it for containers `map[name:value name:value]`.
            let labels = words[2].replacing("map[", with: "").split { ", ]".contains($0) }
            guard let label = labels.first(where: { $0.hasPrefix(DockerNames.slugLabel) }) else { return nil }
            return (words[0], words[1], String(label.dropFirst(DockerNames.slugLabel.count + 1)))
        }
    }

    /// Whether somebody holds the lease of a bottle; what carries no name of a bottle is taken for alive.
    private static func isAlive(_ slug: String, _ stateRoot: String) throws(BottleError) -> Bool {
        guard (try? Slug(slug)) != nil else { return true }
        return try Lease.isHeld(directory: "\(stateRoot)/\(slug)")
    }
}
