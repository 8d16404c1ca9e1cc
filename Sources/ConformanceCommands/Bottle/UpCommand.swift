// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleCore
import BottleSystem

/// `bottle up`
package struct UpCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Bring a bottle up and print its name.",
        discussion: "It stays up in the background until `bottle down NAME`; with --foreground until Ctrl-C.")

    @Option(help: ArgumentHelp("The bottle's declaration.", valueName: "file"))
    var manifest: String?

    @Option(help: ArgumentHelp("Which agent of the manifest; needed when it has several.", valueName: "name"))
    var agent: String?

    @Option(help: ArgumentHelp("The bottle's name; made up when not given.", valueName: "slug"))
    var name: String?

    @Flag(help: "Stay in the foreground.")
    var foreground = false

    /// What `up` gives the process it leaves in the background.
    @Flag(help: .private)
    var detached = false

    package init() {}

    package func run() async throws {
        let choice = try ManifestChoice.load(path: manifest, agent: agent)
        let slug = name ?? Slug.fresh(agentName: choice.agentName).text
        let launch = try BottleLaunch(choice, slug: slug, workspace: nil, detached: detached)
        guard try StoppedBottle.find(Slug(slug), root: StateDirectory.make()) == nil else {
            throw BottleError(
                .usage,
                """
                there is a stopped bottle '\(slug)'; bring it back with `bottle-conformance bottle resume \(slug)`, remove it \
                with `bottle-conformance bottle down \(slug)`, or choose another name
                """)
        }
        guard foreground else {
            return try await launch.inBackground(adding: ["--foreground", "--detached", "--name", slug])
        }
        try await launch.hold()
    }
}
