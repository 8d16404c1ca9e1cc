// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import BottleSystem

/// `gc`: removes what crashed runs left, and nothing that a living process owns.
package struct GarbageCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove what crashed runs left; bottles of living processes are never touched.")

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    package init() {}

    package func run() async throws {
        let dryRun = dryRun
        let found = try await Offload.run { try Leftovers.sweep(root: StateDirectory.make(), dryRun: dryRun) }
        for path in found { Console.out("\(dryRun ? "would remove" : "removed") \(path)") }
        Console.note(found.isEmpty ? "nothing was left behind" : "\(found.count) state directories of dead bottles")
    }
}
