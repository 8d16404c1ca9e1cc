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

    package init() {}

    package func run() async throws {
        let dryRun = dryRun
        let root = try StateDirectory.path(environment: ProcessInfo.processInfo.environment)
        let found = try await Offload.run { try Leftovers.sweep(root: root, dryRun: dryRun) }
        for path in found { Console.out("\(dryRun ? "would remove" : "removed") \(path)") }
        let what = found.count == 1 ? "1 dead bottle" : "\(found.count) dead bottles"
        Console.note(found.isEmpty ? "nothing was left behind" : "\(dryRun ? "found" : "removed") what \(what) left")
    }
}
