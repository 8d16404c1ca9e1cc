// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import BottleSystem
import FoundationEssentials

/// `gc`: removes what crashed runs left, and nothing that a living process owns.
package struct GarbageCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove what crashed runs left; bottles of living processes are never touched.")

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    @Option(
        help: ArgumentHelp("docker, podman or a path; DOCKER_HOST and contexts are honoured.", valueName: "engine"))
    var engine: String?

    package init() {}

    package func run() async throws {
        let dryRun = dryRun
        let root = try StateDirectory.path(environment: ProcessInfo.processInfo.environment)
        let onEngine = try await sweepEngine(root)
        for name in onEngine { Console.out("\(dryRun ? "would remove" : "removed") \(name)") }
        let found = try await Offload.run { try Leftovers.sweep(root: root, dryRun: dryRun) }
        for path in found { Console.out("\(dryRun ? "would remove" : "removed") \(path)") }
        if found.isEmpty, !onEngine.isEmpty { return }
        let what = found.count == 1 ? "1 dead bottle" : "\(found.count) dead bottles"
        Console.note(found.isEmpty ? "nothing was left behind" : "\(dryRun ? "found" : "removed") what \(what) left")
    }

    /// What is left on a container engine; without one there is nothing to look at, which is said aloud.
    private func sweepEngine(_ root: String) async throws -> [String] {
        let client: EngineClient
        do {
            client = try EngineClient(
                engine: engine ?? "docker", environment: ProcessInfo.processInfo.environment)
        } catch {
            // Whoever names an engine wants it swept.
            guard engine == nil else { throw error }
            Console.note("containers were not looked for: \(error.message)")
            return []
        }
        do {
            return try await EngineLeftovers.sweep(engine: client, stateRoot: root, dryRun: dryRun)
        } catch let error as BottleError where engine == nil && error.code == .prerequisite {
            Console.note("containers were not looked for: \(error.message)")
            return []
        }
    }
}
