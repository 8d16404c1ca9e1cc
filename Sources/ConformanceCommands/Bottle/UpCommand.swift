// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ArgumentParser
import BottleBackends
import BottleCore
import BottleDriver
import BottleSystem
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

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
        // Everything the user can get wrong is found here, before a process of ours stays behind.
        let environment = ProcessInfo.processInfo.environment
        _ = try choice.skills(environment)
        let tokens = try choice.hostTokens(environment)
        let request = choice.request(slug: slug, resolver: WorldLayout.nameServer, tokens: tokens)
        let report = try BuiltIn.namespaces.planner(environment: environment).report(request)
        try NamespacesDriver.requireSupported(report.plan)
        guard foreground else {
            try await BackgroundSelf.start(adding: ["--foreground", "--detached", "--name", slug], waitingFor: slug)
            guard Console.out(slug) else {
                try await HolderClient.down(slug)
                throw Self.unnamed
            }
            return
        }
        let stop = AsyncStream<FramedSocket?>.makeStream()
        let trap = SignalTrap { _ in stop.continuation.yield(nil) }
        defer { trap.cancel() }
        let world = try await NamespacesWorld.start()
        let stateRoot = try StateDirectory.make()
        // A name whose holder died is free again.
        _ = try Leftovers.sweep(root: stateRoot)
        let driver = NamespacesDriver(world: world, stateRoot: stateRoot, variables: environment)
        do {
            let bottle = try await driver.launch(request)
            do {
                try await BottleHolder(driver: driver, bottle: bottle).serve(until: stop) { try announce(slug) }
            } catch {
                try await driver.destroy(bottle)
                throw error
            }
            try await driver.destroy(bottle)
        } catch {
            await world.stop()
            throw error
        }
        await world.stop()
    }

    private static let unnamed = BottleError(
        .io, "the bottle's name could not be printed, so it was taken down again; give stdout somewhere to go")

    /// Prints the name; in the background that is also the last thing printed, and where the caller's streams are left.
    private func announce(_ slug: String) throws(BottleError) {
        guard Console.out(slug) else { throw Self.unnamed }
        guard detached else { return }
        Console.leaveStreams()
        // Nor must a directory that somebody wants to unmount be in use.
        _ = chdir("/")
    }
}
