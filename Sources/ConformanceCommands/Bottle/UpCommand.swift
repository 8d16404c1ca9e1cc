// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import BottleDriver
import BottleSystem
import FoundationEssentials

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

    package init() {}

    package func run() async throws {
        let choice = try ManifestChoice.load(path: manifest, agent: agent)
        let slug = name ?? Slug.fresh(agentName: choice.agentName).text
        // Everything the user can get wrong is found here, before a process of ours stays behind.
        _ = try BottlePlan.make(manifest: choice.manifest, agentName: choice.agentName, slug: slug)
        let tokens = try choice.hostTokens(ProcessInfo.processInfo.environment)
        guard foreground else {
            Console.out(try await BackgroundSelf.start(adding: ["--foreground", "--name", slug], waitingFor: slug))
            return
        }
        let world = try await NamespacesWorld.start()
        let driver = NamespacesDriver(world: world, stateRoot: try StateDirectory.make())
        let request = LaunchRequest(
            manifest: choice.manifest, agentName: choice.agentName, slug: slug, network: .bottle,
            resolver: WorldLayout.nameServer, tokens: tokens)
        do {
            let bottle = try await driver.launch(request)
            try await BottleHolder(driver: driver, bottle: bottle).serve { Console.out(slug) }
            try await driver.destroy(bottle)
        } catch {
            await world.stop()
            throw error
        }
        await world.stop()
    }
}
