// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver
package import BottleSystem
import Synchronization

/// The `docker` backend: guest and bundle are containers of an engine.
package final class DockerDriver: Driver {
    /// The faults that this backend can carry out itself, those of the bundle's daemons beside.
    private static let ownFaults: Set<Fault> = [
        .open, .hostnet, .gwopen, .hostalias, .autoresolver, .blackhole, .sharednet, .plainbridge, .internalbridge,
        .noprompt,
        .staleprompt,
        .skipempty, .allskills, .wrongdir, .warnskip, .hostexec, .canned, .pid1only, .latepreflight, .tokenless,
        .nometa, .localtime, .chmodlater, .tokenargv, .tokenfile, .nocheck, .vaguerefusal,
        .capall, .privileged, .unmasked, .inherit, .sockmount, .envtoken, .filetoken, .leaknet, .leakvolume, .strictrm,
        .seccompvsock, .noca, .stalebundle, .keytoo, .sharedca, .keyopen,
    ]

    private struct Running: Sendable {
        let bottle: DockerBottle
        let state: BottleState
    }

    private let engine: EngineClient
    private let planner: DockerPlanner
    private let image: ImageReference
    private let faults: Set<Fault>
    private let stateRoot: String
    private let hostContainer: String?
    private let hostRoutes: (@Sendable () async throws -> [NetworkRoute])?
    private let variables: [String: String]
    private let helperDirectory: String?
    private let pipelock: PipelockProgram?
    private let beforeStep: BringUpHook
    private let mint: AuthorityMint
    private let bottles = BottleRegister<Running>()
    private let prepared: DockerImages.Prepared?
    private let images = Mutex<Task<DockerImages.Prepared, any Error>?>(nil)

    /// A driver whose bottles live on an engine.
    ///
    /// - Parameters:
    ///   - image: What the agent runs in.
    ///   - faults: What is broken on purpose in every bottle of this driver.
    ///   - stateRoot: The directory of all bottles, as `StateDirectory.make()` gives it; `<slug>` is made in it.
    ///   - prepared: The images, where somebody has prepared them already.
    ///   - hostRoutes: What the engine's host has routes to; without it only the engine's own networks are compared.
    ///   - variables: The host's, for those with which a user moves things, such as `GuestSkills.variable`.
    ///   - helperDirectory: The only place to look for the helpers; nil looks where `HelperExecutable` does.
    ///   - pipelock: What runs as pipelock in every bundle; nil is the reference's. Prepared images have to hold it.
    ///   - beforeStep: Called right before every step of a bring-up, which fails with its error.
    ///   - hostContainer: A container on the engine's host, in which a broken backend runs what belongs into a guest.
    /// - Throws: `.unsupported` for a fault that cannot be built with an engine.
    package init(
        engine: EngineClient, image: ImageReference, faults: Set<Fault> = [], stateRoot: String,
        prepared: DockerImages.Prepared? = nil, hostContainer: String? = nil,
        hostRoutes: (@Sendable () async throws -> [NetworkRoute])? = nil,
        variables: [String: String] = [:], helperDirectory: String? = nil, pipelock: PipelockProgram? = nil,
        beforeStep: @escaping BringUpHook = { _, _ in }
    ) throws(BottleError) {
        try LaunchRules.requirePossible(faults.filter { !Self.canCarryOut($0) }, by: "docker")
        self.engine = engine
        self.image = image
        self.faults = faults
        self.stateRoot = stateRoot
        self.prepared = prepared
        self.hostContainer = hostContainer
        self.hostRoutes = hostRoutes
        self.variables = variables
        self.helperDirectory = helperDirectory
        self.pipelock = pipelock
        self.beforeStep = beforeStep
        planner = DockerPlanner(state: stateRoot, image: image, faults: faults)
        mint = AuthorityMint(faults: faults)
    }

    /// Whether a bottle on an engine can be broken in this way.
    package static func canCarryOut(_ fault: Fault) -> Bool {
        ownFaults.contains(fault) || BundleInit.faults.contains(fault)
    }

    package func hello() async throws -> Hello { planner.hello }

    package func status() async throws -> Status { await DockerPreflight.check(engine) }

    package func plan(_ request: LaunchRequest) async throws -> PlanReport { try planner.report(request) }

    /// The images of all bottles of this driver; a failure is not remembered.
    private func prepareImages() async throws -> DockerImages.Prepared {
        if let prepared { return prepared }
        let task = images.withLock { images in
            if let images { return images }
            // Awaited by every launch that comes while it goes on; its content cannot change within one process.
            let task = Task { [engine, image, pipelock] in
                try await DockerImages(engine: engine, image: image, pipelock: pipelock).prepare()
            }
            images = task
            return task
        }
        do {
            return try await task.value
        } catch {
            images.withLock { $0 = nil }
            throw error
        }
    }

    package func launch(_ request: LaunchRequest) async throws -> BottleID {
        let report = try await plan(request)
        let early = faults.contains(.latepreflight) ? try makeState(report, request) : nil
        // First of all, so that a machine that lacks something is left as it was.
        for name in DockerPlanner.helpers { _ = try HelperExecutable.path(name, in: helperDirectory) }
        try early?.remove()
        try LaunchRules.requireSupported(report.plan, by: "docker")
        if !faults.contains(.tokenless) { try LaunchRules.requireTokens(report, request) }
        guard IPLiteral.isValid(request.resolver) else {
            throw BottleError(.usage, "The resolver \(Quoted(request.resolver)) is not an IP address.")
        }
        let provision = try Provision.read(report.plan, request, environment: variables, faults: faults)
        try await requireFree(report.plan)
        try bottles.reserve(report.plan, sharesRanges: faults.contains(.nocheck))
        let slug = report.plan.slug
        do {
            let images = try await prepareImages()
            let running = try await engine.blamingItsEnd { try await bringUp(report, request, provision, images) }
            let others = bottles.running
            bottles.settle(running, as: slug)
            if faults.contains(.sharednet) { try await share(running, with: others) }
            return BottleID(slug)
        } catch {
            bottles.release(slug)
            throw error
        }
    }

    private func share(_ running: Running, with others: [Running]) async throws {
        do {
            for other in others { try await running.bottle.share(with: other.bottle) }
        } catch {
            // Awaited right here; a task of its own because an interrupted launch still has to be taken down.
            let end = await Task { try await Self.tearDown(running) }.result
            throw LaunchRules.adding(end, to: error)
        }
    }

    /// Refuses a network that the engine's host has already; the engine itself compares with its own networks only.
    private func requireFree(_ plan: BottlePlan) async throws {
        guard let hostRoutes else { return }
        try LaunchRules.requireFree(
            plan, routes: try await hostRoutes(), own: bottles.octets, faults: faults)
    }

    private func makeState(
        _ report: PlanReport, _ request: LaunchRequest, _ authorities: BottleAuthorities? = nil
    ) throws(BottleError) -> BottleState {
        try BottleState.make(
            root: stateRoot, report: report, workspace: request.workspace ?? "", authorities: authorities,
            faults: faults, tokens: request.tokens)
    }

    private func bringUp(
        _ report: PlanReport, _ request: LaunchRequest, _ provision: Provision, _ images: DockerImages.Prepared
    ) async throws -> Running {
        let owner = try DockerSweep.owner(stateRoot: stateRoot)
        let authorities = try mint.authorities(for: report.plan)
        let trust = try GuestTrust(authorities, of: report.plan, mode: request.network, faults: faults)
        // The lease first: what is on the engine without one belongs to a dead run.
        let state = try makeState(report, request, authorities)
        let bottle = DockerBottle(
            report: report, request: request, provision: provision, authorities: authorities, trust: trust,
            engine: engine, images: images, names: DockerNames(slug: report.plan.slug, owner: owner),
            pipelock: pipelock, faults: faults,
            beforeStep: { [beforeStep] in try await beforeStep($0, report.plan.slug) })
        do {
            try await bottle.bringUp()
            if faults.contains(.tokenargv) { try await bottle.showTokens() }
            return Running(bottle: bottle, state: state)
        } catch {
            // Awaited right here; a task of its own because an interrupted launch still has to be taken down.
            let kinds = DockerSweep.ofBottles.subtracting(faults.contains(.leaknet) ? [.network] : [])
            let end = await Task { [engine, stateRoot] in
                try await Self.discard(report.plan.slug, kinds, engine, state, stateRoot: stateRoot)
            }.result
            throw LaunchRules.adding(end, to: error)
        }
    }

    /// Takes a bottle down that did not come up: by label, for one of its names may be somebody else's.
    private static func discard(
        _ slug: String, _ kinds: Set<DockerSweep.Kind>, _ engine: EngineClient, _ state: BottleState, stateRoot: String
    ) async throws {
        try await DockerSweep.discard([slug], kinds, engine: engine, stateRoot: stateRoot)
        try state.remove()
    }

    private static func tearDown(_ running: Running) async throws {
        try await running.bottle.tearDown()
        try running.state.remove()
    }

    package func exec(_ request: ExecRequest, in bottle: BottleID) async throws -> ExecResult {
        let running = try find(bottle)
        try LaunchRules.requireRunnable(request)
        if request.target == .guest {
            if faults.contains(.canned) {
                let echo = Array(request.argv.joined(separator: " ").utf8)
                return ExecResult(ending: .exited(0), stdout: echo + request.stdin, stderr: [])
            }
            if faults.contains(.hostexec) {
                guard let hostContainer else {
                    throw BottleError(.unsupported, "There is no helper on the engine's host to run commands in.")
                }
                return try await running.run(request, onHost: hostContainer)
            }
        }
        return try await engine.blamingItsEnd {
            if let death = running.log.death {
                throw BottleError(.transport, "The bundle of bottle \(bottle) is gone: \(death).")
            }
            return try await running.run(request)
        }
    }

    package func copyIn(_ request: CopyRequest, in bottle: BottleID) async throws {
        let running = try find(bottle)
        try await engine.blamingItsEnd { try await running.copyIn(request) }
    }

    package func copyOut(path: String, from target: ExecTarget, in bottle: BottleID) async throws -> [UInt8] {
        let running = try find(bottle)
        return try await engine.blamingItsEnd { try await running.copyOut(path, from: target) }
    }

    package func describe(_ bottle: BottleID) async throws -> BottleDescription {
        let running = try find(bottle)
        return try await engine.blamingItsEnd { try await running.describe() }
    }

    package func bundleAddress(of bottle: BottleID) async throws -> String {
        let running = try find(bottle)
        return try await engine.blamingItsEnd { try await running.bundle.address() }
    }

    package func logs(_ bottle: BottleID) async throws -> [LogRecord] { try find(bottle).log.records }

    package func stop(_ bottle: BottleID) async throws { try await find(bottle).stop() }

    package func start(_ bottle: BottleID) async throws { try await find(bottle).start() }

    package func destroy(_ bottle: BottleID) async throws {
        let existed = try await bottles.remove(bottle, Self.tearDown)
        guard existed || !faults.contains(.strictrm) else {
            throw BottleError(.notFound, "There is no bottle \(Quoted(bottle.slug)) to destroy.")
        }
    }

    package func sweep() async throws -> [String] {
        try await DockerSweep.sweep(engine: engine, stateRoot: stateRoot) + BottleState.sweep(root: stateRoot)
    }

    private func find(_ bottle: BottleID) throws(BottleError) -> DockerBottle { try bottles.find(bottle).bottle }
}
