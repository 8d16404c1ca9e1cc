// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import BottleSystem
import ConformanceCanaries
import ConformanceTrials
import FoundationEssentials

/// What a run against one backend needs around it: a driver, canaries in a world, and the end of both.
struct SuiteStage: Sendable {
    /// Makes the driver of the run, or of a trial with state of its own, broken in these ways.
    let driver: @Sendable (TrialEnvironment, Set<Fault>) throws -> any Driver
    /// The directory of all bottles.
    let stateRoot: String
    /// Nil for a run that attacks no guest.
    let field: NamespacesField?
    /// Makes another one in its place, once it is closed.
    let makeField: FieldMaker?
    /// What the backend's kind of host can put in a launch's way.
    let obstacles: NamespacesObstacles
    /// What there is on it of a trial's bottles.
    let inventory: any TrialInventory
    /// Images to convert, where guests are made so.
    var images: (any TrialImages)?
    /// For the subject line.
    let facts: [String: String]
    /// The engine and its images, where the bottles are containers of one.
    var containers: Containers?
    /// Smolvm and the guest's image, where the guests are microVMs.
    var machines: Machines?
    /// Ends the world; the field is closed before.
    let stop: @Sendable () async -> Void

    typealias FieldMaker = @Sendable () async throws -> NamespacesField

    /// What bottles on a container engine are made with.
    struct Containers: Sendable {
        let engine: EngineClient
        let images: DockerImages.Prepared
    }

    /// What guests that are microVMs are made with.
    struct Machines: Sendable {
        let smolvm: SmolvmClient
        let home: SmolvmHome
        /// The guest's image as smolvm takes it.
        let artefact: String
    }

    /// Builds a stage for as long as `body` takes; parameters and errors are those of `build`.
    static func with<Result>(
        _ backend: BackendName, engine: String?, pipelock: PipelockProgram? = nil, geography: FieldGeography? = .world,
        _ body: (SuiteStage) async throws -> Result
    ) async throws -> Result {
        let stage = try await build(backend, engine: engine, pipelock: pipelock, geography: geography)
        do {
            let result = try await body(stage)
            await stage.stop()
            return result
        } catch {
            await stage.end()
            throw error
        }
    }

    /// Ends everything, whatever became of its canaries.
    func end() async {
        await field?.close()
        await stop()
    }

    /// Looks whether the backend can run here, sweeps what dead runs left, and builds everything.
    ///
    /// - Parameters:
    ///   - engine: The program that calls the container engine; nil is the backend's own.
    ///   - pipelock: What bundles run as pipelock; nil is their own.
    ///   - geography: Where the canaries are; nil when no row attacks a guest among them.
    /// - Throws: `.prerequisite` saying what is missing, `.unsupported` for a backend that plans only.
    static func build(
        _ backend: BackendName, engine: String?, pipelock: PipelockProgram? = nil, geography: FieldGeography?
    ) async throws -> SuiteStage {
        switch backend.base {
        case .namespaces: return try await namespaces(pipelock, geography)
        case .docker: return try await docker(engine ?? "docker", pipelock, geography)
        case .smolmachines: return try await smolmachines(geography)
        }
    }

    private static func namespaces(
        _ pipelock: PipelockProgram?, _ geography: FieldGeography?
    ) async throws -> SuiteStage {
        let status = await NamespacesPreflight.check()
        guard status.usable else { throw unusable(.namespaces, status) }
        let world = try await NamespacesWorld.start()
        do {
            let stateRoot = try StateDirectory.make()
            // What a killed run left is swept by the next one.
            _ = try Leftovers.sweep(root: stateRoot)
            let variables = ProcessInfo.processInfo.environment
            let makeField = fieldMaker(over: world.host, geography)
            return SuiteStage(
                driver: { own, faults in
                    try NamespacesDriver(
                        world: world, faults: faults, stateRoot: own.stateRoot, variables: variables,
                        helperDirectory: own.helperDirectory, pipelock: pipelock, beforeStep: own.beforeStep)
                },
                stateRoot: stateRoot,
                field: try await makeField?(), makeField: makeField,
                obstacles: NamespacesObstacles(host: world.host), inventory: NamespacesInventory(host: world.host),
                facts: status.facts, stop: { await world.stop() })
        } catch {
            await world.stop()
            throw error
        }
    }

    private static func docker(
        _ name: String, _ pipelock: PipelockProgram?, _ geography: FieldGeography?
    ) async throws -> SuiteStage {
        let environment = ProcessInfo.processInfo.environment
        let image = try ImageReference(environment: environment)
        let engine = try EngineClient(engine: name, environment: environment)
        let status = await DockerPreflight.check(engine)
        guard status.usable else { throw unusable(.docker, status) }
        let stateRoot = try StateDirectory.make()
        // The engine's side first: what it has of a bottle is ours only as long as the bottle's own files say so.
        _ = try await EngineLeftovers.sweep(engine: engine, stateRoot: stateRoot)
        _ = try Leftovers.sweep(root: stateRoot)
        // Before any bottle, and once for all of a run: nothing of them changes while it goes on.
        let builder = DockerImages(engine: engine, image: image, pipelock: pipelock)
        async let guest = builder.guest()
        let tools = try await builder.tools()
        let world = try await EngineWorld.start(engine: engine, tools: tools, stateRoot: stateRoot)
        do {
            let images = builder.prepared(guest: try await guest, tools: tools)
            let makeField = fieldMaker(over: world.host, geography?.without(world.unsafe))
            return SuiteStage(
                driver: { own, faults in
                    try DockerDriver(
                        engine: engine, image: image, faults: faults, stateRoot: own.stateRoot,
                        prepared: images, hostContainer: world.container,
                        hostRoutes: { try await world.host.routes(in: WorldLayout.host) }, variables: environment,
                        helperDirectory: own.helperDirectory, pipelock: pipelock, beforeStep: own.beforeStep)
                },
                stateRoot: stateRoot,
                field: try await makeField?(), makeField: makeField,
                obstacles: NamespacesObstacles(host: world.host),
                inventory: DockerInventory(engine: engine, images: images), facts: status.facts,
                containers: Containers(engine: engine, images: images),
                stop: { await world.stop() })
        } catch {
            await world.stop()
            throw error
        }
    }

    private static func smolmachines(
        _ geography: FieldGeography?
    ) async throws -> SuiteStage {
        let environment = ProcessInfo.processInfo.environment
        let image = try ImageReference(environment: environment)
        let engine = try EngineClient(engine: "docker", environment: environment)
        let smolvm = try SmolvmClient(environment: environment)
        let status = await SmolmachinesPreflight.check(smolvm, engine)
        guard status.usable else { throw unusable(.smolmachines, status) }
        let stateRoot = try StateDirectory.make()
        let paths = try BottlePaths(environment: environment)
        _ = try await EngineLeftovers.sweep(engine: engine, stateRoot: stateRoot)
        _ = try SmolvmHome.sweep(environment: environment)
        _ = try Leftovers.sweep(root: stateRoot)
        let images = DockerImages(engine: engine, image: image)
        async let guest = images.guest()
        let tools = try await images.tools()
        let home = try SmolvmHome(environment: environment)
        async let started = EngineWorld.start(engine: engine, tools: tools, stateRoot: stateRoot)
        do {
            let prepared = images.prepared(guest: try await guest, tools: tools)
            let artefacts = MachineArtefacts(paths: paths, engine: engine, smolvm: smolvm)
            let digest = try ImageDigest(prepared.guest)
            // A conversion boots a machine, which on an emulated processor fails beside other work.
            if !artefacts.has(digest) { _ = try await started }
            let artefact = try await artefacts.artefact(of: digest)
            let world = try await started
            let ground = SmolmachinesDriver.Ground(
                engine: engine, smolvm: smolvm, home: home, tools: tools, guest: .artefact(artefact))
            let makeField = fieldMaker(over: world.host, geography?.without(world.unsafe))
            return SuiteStage(
                driver: { own, faults in
                    try SmolmachinesDriver(
                        ground: try own.conversion.map { own throws(BottleError) in
                            try ground.converting(own.reference, cache: own.cache)
                        } ?? ground,
                        faults: faults, cache: own.conversion?.cache ?? paths.cache, stateRoot: own.stateRoot,
                        hostRoutes: { try await world.host.routes(in: WorldLayout.host) }, variables: environment,
                        helperDirectory: own.helperDirectory, beforeStep: own.beforeStep)
                },
                stateRoot: stateRoot,
                field: try await makeField?(), makeField: makeField,
                obstacles: NamespacesObstacles(host: world.host),
                inventory: MachineInventory(
                    bundles: DockerInventory(engine: engine, images: prepared),
                    machines: SmolvmHoldings(smolvm: smolvm, home: home, artefact: artefact)),
                images: MachineImages(engine: engine, prepared: prepared, environment: environment),
                facts: status.facts, containers: Containers(engine: engine, images: prepared),
                machines: Machines(smolvm: smolvm, home: home, artefact: artefact),
                stop: {
                    try? home.remove()
                    await world.stop()
                })
        } catch {
            try? home.remove()
            if let world = try? await started { await world.stop() }
            throw error
        }
    }

    private static func fieldMaker(over host: any NamespaceHost, _ geography: FieldGeography?) -> FieldMaker? {
        guard let geography else { return nil }
        return { [pace = SuiteRun.pace] in
            try await NamespacesField.start(over: host, geography: geography, pace: pace)
        }
    }

    private static func unusable(_ backend: BuiltIn, _ status: Status) -> BottleError {
        let reasons = status.unmet.map { "\($0.message) \($0.remedy)" }.joined(separator: " ")
        return BottleError(.prerequisite, "the \(backend.rawValue) backend cannot run here: \(reasons)")
    }
}
