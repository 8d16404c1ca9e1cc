// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleSystem
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The bundle of one bottle, a container at its pinned address in the bottle's own network.
final class BundleContainer: Sendable {
    static let readyTime = Duration.seconds(30)

    let plan: BottlePlan
    let engine: EngineClient
    let commands: BundleCommands
    private let request: LaunchRequest
    private let artefacts: [Artefact]
    private let authorities: BottleAuthorities?
    private let pipelock: PipelockProgram?
    private let faults: Set<Fault>
    private let current = Mutex(BundleLog())

    /// - Parameter authorities: Of this launch, also when the bundle is started again; nil in a build that has none.
    init(
        report: PlanReport, request: LaunchRequest, authorities: BottleAuthorities?, engine: EngineClient,
        commands: BundleCommands, pipelock: PipelockProgram? = nil, faults: Set<Fault>
    ) {
        self.pipelock = pipelock
        self.authorities = authorities
        plan = report.plan
        artefacts = report.artefacts
        self.request = request
        self.engine = engine
        self.commands = commands
        self.faults = faults
    }

    /// What the bundle says now; a bundle that was started again begins anew.
    var log: BundleLog { current.withLock { $0 } }
    var name: String { commands.names.bundle }

    func createNetwork() async throws {
        try await whole { [self] in
            try await engine.call("make the network of \(plan.slug)", commands.createNetwork)
        }
    }

    func create() async throws {
        if let volume = commands.createVolume {
            try await whole { [self] in try await engine.call("make the volume of \(plan.slug)", volume) }
        }
        try await whole { [self] in
            try await engine.call("make the bundle of \(plan.slug)", commands.createBundle)
        }
    }

    /// Puts the bundle into the bottle's network, at its address.
    func connect() async throws {
        try await engine.call("connect the bundle of \(plan.slug) to its network", commands.connectBundle)
    }

    /// Starts the daemons and returns when they answer.
    func start() async throws {
        let log = BundleLog()
        current.withLock { $0 = log }
        let document = try BundleInit(
            plan: plan, open: request.network == .open, faults: faults, tokens: request.tokens,
            resolver: request.resolver, artefacts: artefacts, authorities: authorities,
            upstream: request.upstreamAuthority, pipelock: pipelock
        ).document()
        _ = try await engine.follow(
            "start the bundle of \(plan.slug)", ["start", "--attach", "--interactive", name], stdin: document,
            line: { log.take(line: $0) },
            end: { log.end($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Task.sleep(for: Self.readyTime)
                log.end("its daemons did not answer within \(Self.readyTime)")
            }
            defer { group.cancelAll() }
            // The wait ends only through the log: an interrupted launch has to end it there.
            try await withTaskCancellationHandler {
                try await log.waitUntilReady()
            } onCancel: {
                log.end("the launch was interrupted")
            }
        }
    }

    /// Sockets that listen inside the bundle, by its kernel's tables.
    func listeners() async throws -> [String] { try await engine.look(into: name, ["sockets"]).sockets }

    /// The bundle's address in the bottle's network, as the engine has it.
    func address() async throws -> String {
        struct Endpoint: Decodable {
            var address: String?
            private enum CodingKeys: String, CodingKey { case address = "IPAddress" }
        }
        let output = try await engine.call(
            "look where \(name) is", BundleCommands.addresses + [name])
        let endpoints = try? JSONDecoder().decode([String: Endpoint].self, from: Data(output.stdout))
        guard let address = endpoints?[commands.names.network]?.address, !address.isEmpty else {
            throw BottleError(.transport, "The engine does not say where the bundle of \(plan.slug) is.")
        }
        return address
    }

    /// Ends what makes something on the engine also when the launch is interrupted or fails beside it: the engine would
    /// go on by itself, and whoever takes down has to find what was made.
    func whole(_ make: @escaping @Sendable () async throws -> Void) async throws {
        // Awaited right here; a task of its own because a cancelled one would kill the engine's program.
        try await Task { try await make() }.value
    }

    /// Removes containers of the bottle and its network, whichever of them there are.
    ///
    /// - Returns: What the engine had against it.
    func remove(_ containers: [String]) async -> [any Error] {
        log.end("the bottle was destroyed")
        var failures: [any Error] = []
        for (action, verb, names) in [
            ("remove the containers of \(plan.slug)", BundleCommands.removeContainers, containers),
            ("remove the network of \(plan.slug)", BundleCommands.removeNetwork, [commands.names.network]),
        ] {
            do {
                if let output = try await engine.remove(verb, names) { failures.append(engine.error(action, output)) }
            } catch {
                failures.append(error)
            }
        }
        return failures
    }
}
