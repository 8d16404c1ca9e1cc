// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

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

/// Brings one bottle up and keeps it up: what `up` and `resume` have in common.
struct BottleLaunch: Sendable {
    let choice: ManifestChoice
    let slug: String
    /// The process that an earlier one left in the background: it lets go of its caller once the bottle is up.
    let detached: Bool
    private let request: LaunchRequest
    private let environment: [String: String]

    /// Finds everything that the user can get wrong, before a process of ours stays behind.
    ///
    /// - Parameter workspace: The directory of an earlier launch; nil is the one the user works in now.
    init(_ choice: ManifestChoice, slug: String, workspace: String?, detached: Bool) throws {
        self.choice = choice
        self.slug = slug
        self.detached = detached
        environment = ProcessInfo.processInfo.environment
        _ = try choice.skills(environment)
        let tokens = try choice.hostTokens(environment)
        var request = choice.request(slug: slug, resolver: WorldLayout.nameServer, tokens: tokens)
        if request.workspace != nil, let workspace { request.workspace = workspace }
        let report = try BuiltIn.namespaces.planner(environment: environment).report(request)
        try LaunchRules.requireSupported(report.plan, by: "namespaces")
        self.request = request
    }

    /// Starts this command line again in the background, and returns when its bottle is up and its name is printed.
    func inBackground(adding arguments: [String]) async throws {
        try await BackgroundSelf.start(adding: arguments, waitingFor: slug)
        guard Console.out(slug) else {
            try await HolderClient.down(slug, keep: false)
            throw Self.unnamed
        }
    }

    /// Brings the bottle up, prints its name, and holds it until a signal or `down`.
    ///
    /// - Parameter isUp: Called once the bottle runs; its error takes the bottle down.
    func hold(isUp: @escaping (_ stateRoot: String) throws -> Void = { _ in }) async throws {
        let stop = AsyncStream<BottleHolder.Farewell?>.makeStream()
        let trap = SignalTrap { _ in stop.continuation.yield(nil) }
        defer { trap.cancel() }
        let world = try await NamespacesWorld.start()
        let stateRoot = try StateDirectory.make()
        // A name whose holder died is free again.
        _ = try Leftovers.sweep(root: stateRoot)
        do {
            let driver = try NamespacesDriver(world: world, stateRoot: stateRoot, variables: environment)
            let bottle = try await driver.launch(request)
            do {
                try StoppedBottle.note(choice, of: slug, root: stateRoot)
                try await BottleHolder(driver: driver, bottle: bottle).serve(until: stop) {
                    try isUp(stateRoot)
                    try announce(slug)
                }
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
