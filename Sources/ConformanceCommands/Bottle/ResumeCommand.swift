// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import BottleSystem

/// `bottle resume NAME`
package struct ResumeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Bring a stopped bottle up again as the same one, and print its name.",
        discussion: """
            It has the name, the network and the manifest that it had; its guest is a fresh one. A bottle is stopped by \
            `bottle down --keep NAME`, or because its process died.
            """)

    @Argument(help: "What `bottle up` printed.")
    var name: String

    @Flag(help: "Stay in the foreground.")
    var foreground = false

    /// What `resume` gives the process it leaves in the background.
    @Flag(help: .private)
    var detached = false

    package init() {}

    package func run() async throws {
        let slug = try Slug(name)
        let root = try StateDirectory.make()
        let stopped = try Self.find(slug, root: root)
        let choice: ManifestChoice
        do throws(BottleError) {
            choice = try ManifestChoice.load(
                path: stopped.manifest, agent: stopped.manifest == nil ? nil : stopped.metadata.agentName)
        } catch {
            throw BottleError(
                error.code, "bottle '\(name)' cannot be resumed as it was: \(error.message)", cause: error.cause)
        }
        let workspace = stopped.metadata.cwd.isEmpty ? nil : stopped.metadata.cwd
        let launch = try BottleLaunch(choice, slug: slug.text, workspace: workspace, detached: detached)
        guard foreground else {
            return try await launch.inBackground(adding: ["--foreground", "--detached"])
        }
        try await launch.hold { root in try StoppedBottle.forget(slug, root: root) }
    }

    /// The record of a bottle that is down; what a dead process left is made one first, or the launch would sweep it.
    private static func find(_ slug: Slug, root: String) throws(BottleError) -> StoppedBottle {
        let directory = "\(root)/\(slug.text)"
        guard try !Lease.isHeld(directory: directory) else {
            throw BottleError(
                .usage, "bottle '\(slug.text)' is up already; `bottle-conformance bottle exec` works in it")
        }
        if let dead = try StoppedBottle.read(running: slug, root: root) {
            try dead.keep(slug, root: root)
            return dead
        }
        guard let stopped = try StoppedBottle.find(slug, root: root) else {
            throw BottleError(
                .usage,
                """
                there is no stopped bottle '\(slug.text)' here; `bottle-conformance bottle down --keep` leaves one, and \
                `bottle-conformance bottle up` starts a new one
                """)
        }
        return stopped
    }
}
