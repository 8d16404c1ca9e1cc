// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser

/// `bottle down NAME`
package struct DownCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "down", abstract: "End a bottle; returns when nothing of it is left.")

    @Flag(help: "Keep what `bottle resume` needs to bring the same bottle up again.")
    var keep = false

    @Argument(help: "What `bottle up` printed.")
    var name: String

    package init() {}

    package func run() async throws {
        try await HolderClient.down(name, keep: keep)
    }
}
