// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver
package import BottleSystem
import Synchronization

/// The `smolmachines` backend: the guest is a microVM of smolvm's, the bundle a container of an engine beside it.
package final class SmolmachinesDriver: Driver {
    private struct Running: Sendable {
        let bottle: SmolmachinesBottle
        let state: BottleState
    }

    /// Everything that the bottles of one run share.
    package struct Ground: Sendable {
        package let engine: EngineClient
        package let smolvm: SmolvmClient
        package let home: SmolvmHome
        /// The image of the static executables.
        package let tools: String
        /// What guests are made from.
        package private(set) var guest: GuestImage
        private let creations = Turn()
        private let starts = Turn()

        package init(
            engine: EngineClient, smolvm: SmolvmClient, home: SmolvmHome, tools: String, guest: GuestImage
        ) {
            self.engine = engine
            self.smolvm = smolvm
            self.home = home
            self.tools = tools
            self.guest = guest
        }

        /// The same with guests of another image, which every launch looks up and converts where nobody has yet.
        ///
        /// - Parameters:
        ///   - reference: As `CLAUDE_BOTTLE_IMAGE` would name it.
        ///   - cache: Where its artefacts are kept, `<cache>/claude-bottle`.
        /// - Throws: `.usage` for what is no reference.
        package func converting(_ reference: String, cache: String) throws(BottleError) -> Ground {
            let image = try ImageReference(environment: [ImageReference.variable: reference])
            var ground = self
            ground.guest = .reference(
                DockerImages(engine: engine, image: image),
                MachineArtefacts(paths: BottlePaths(cache: cache, state: ""), engine: engine, smolvm: smolvm))
            return ground
        }

        /// - Parameter artefact: The guest's image as smolvm takes it.
        func parts(_ artefact: String) -> SmolmachinesBottle.Parts {
            SmolmachinesBottle.Parts(
                engine: engine, tools: tools, smolvm: smolvm, home: home, artefact: artefact,
                creations: creations, starts: starts)
        }
    }

    /// The faults that this backend can carry out itself, those of the bundle's daemons beside.
    private static let ownFaults: Set<Fault> = [
        .noprompt, .staleprompt, .skipempty, .allskills, .wrongdir, .warnskip, .canned, .pid1only, .latepreflight,
        .tokenless, .nometa, .localtime, .chmodlater, .tokenfile, .nocheck, .vaguerefusal, .envtoken, .filetoken,
        .leaknet, .strictrm, .open, .autoresolver, .cidronly, .loop127, .gwopen, .published, .noca, .stalebundle,
        .keytoo, .sharedca, .keyopen,
    ]

    private let ground: Ground
    private let planner: SmolmachinesPlanner
    private let faults: Set<Fault>
    private let stateRoot: String
    private let hostRoutes: (@Sendable () async throws -> [NetworkRoute])?
    private let variables: [String: String]
    private let helperDirectory: String?
    private let beforeStep: BringUpHook
    private let mint: AuthorityMint
    private let bottles = BottleRegister<Running>()

    /// A driver whose machines live in one home of smolvm's.
    ///
    /// - Parameters:
    ///   - faults: What is broken on purpose in every bottle of this driver.
    ///   - cache: Where artefacts are kept, `<cache>/claude-bottle`.
    ///   - stateRoot: The directory of all bottles, as `StateDirectory.make()` gives it; `<slug>` is made in it.
    ///   - hostRoutes: What this machine has routes to; without it only the engine's own networks are compared.
    ///   - variables: The host's, for those with which a user moves things, such as `GuestSkills.variable`.
    ///   - helperDirectory: The only place to look for the helpers; nil looks where `HelperExecutable` does.
    ///   - beforeStep: Called right before every step of a bring-up, which fails with its error.
    /// - Throws: `.unsupported` for a fault that cannot be built with microVMs.
    package init(
        ground: Ground, faults: Set<Fault> = [], cache: String, stateRoot: String,
        hostRoutes: (@Sendable () async throws -> [NetworkRoute])? = nil, variables: [String: String] = [:],
        helperDirectory: String? = nil, beforeStep: @escaping BringUpHook = { _, _ in }
    ) throws(BottleError) {
        try LaunchRules.requirePossible(faults.filter { !Self.canCarryOut($0) }, by: "smolmachines")
        self.ground = ground
        self.faults = faults
        self.stateRoot = stateRoot
        self.hostRoutes = hostRoutes
        self.variables = variables
        self.helperDirectory = helperDirectory
        self.beforeStep = beforeStep
        planner = SmolmachinesPlanner(
            paths: BottlePaths(cache: cache, state: stateRoot), smolvmState: ground.home.directory, faults: faults)
        mint = AuthorityMint(faults: faults)
    }

    /// Whether a bottle with a microVM can be broken in this way.
    package static func canCarryOut(_ fault: Fault) -> Bool {
        ownFaults.contains(fault) || ConversionFlaws.faults.contains(fault) || BundleInit.faults.contains(fault)
    }

    package func hello() async throws -> Hello { planner.hello }

    package func status() async throws -> Status {
        await SmolmachinesPreflight.check(ground.smolvm, ground.engine)
    }

    package func plan(_ request: LaunchRequest) async throws -> PlanReport { try planner.report(request) }

    package func launch(_ request: LaunchRequest) async throws -> BottleID {
        let report = try await plan(request)
        let early = faults.contains(.latepreflight) ? try makeState(report, request) : nil
        // First of all, so that a machine that lacks something is left as it was.
        for name in DockerPlanner.helpers { _ = try HelperExecutable.path(name, in: helperDirectory) }
        try early?.remove()
        try LaunchRules.requireSupported(report.plan, by: "smolmachines")
        if !faults.contains(.tokenless) { try LaunchRules.requireTokens(report, request) }
        guard IPLiteral.isValid(request.resolver) else {
            throw BottleError(.usage, "The resolver \(Quoted(request.resolver)) is not an IP address.")
        }
        let provision = try Provision.read(report.plan, request, environment: variables, faults: faults)
        // After everything that costs nothing, and before the look at networks, which holds for a moment only.
        let flaws = try flaws()
        let artefact = try await ground.engine.blamingItsEnd {
            try await ground.guest.artefact(flaws) { try await beforeStep($0, report.plan.slug) }
        }
        if let hostRoutes {
            try LaunchRules.requireFree(
                report.plan, routes: try await hostRoutes(), own: bottles.octets, faults: faults)
        }
        try bottles.reserve(report.plan, sharesRanges: faults.contains(.nocheck))
        do {
            let running = try await ground.engine.blamingItsEnd {
                try await bringUp(report, request, provision, artefact)
            }
            bottles.settle(running, as: report.plan.slug)
            return BottleID(report.plan.slug)
        } catch {
            bottles.release(report.plan.slug)
            throw error
        }
    }

    private func flaws() throws(BottleError) -> ConversionFlaws {
        let own = faults.intersection(ConversionFlaws.faults)
        guard own.contains(.leakregistry) else { return ConversionFlaws(faults: own) }
        return ConversionFlaws(
            faults: own,
            registry: .init(
                engine: ground.engine, tools: ground.tools, owner: try DockerSweep.owner(stateRoot: stateRoot)))
    }

    private func makeState(
        _ report: PlanReport, _ request: LaunchRequest, _ authorities: BottleAuthorities? = nil
    ) throws(BottleError) -> BottleState {
        try BottleState.make(
            root: stateRoot, report: report, workspace: request.workspace ?? "", authorities: authorities,
            faults: faults, tokens: request.tokens)
    }

    private func bringUp(
        _ report: PlanReport, _ request: LaunchRequest, _ provision: Provision, _ artefact: String
    ) async throws -> Running {
        let owner = try DockerSweep.owner(stateRoot: stateRoot)
        let authorities = try mint.authorities(for: report.plan)
        let trust = try GuestTrust(authorities, of: report.plan, mode: request.network, faults: faults)
        // The lease first: what is on the engine without one belongs to a dead run.
        let state = try makeState(report, request, authorities)
        do {
            let bottle = try SmolmachinesBottle(
                report: report, request: request, provision: provision, authorities: authorities, trust: trust,
                parts: ground.parts(artefact), owner: owner, faults: faults,
                beforeStep: { [beforeStep] in try await beforeStep($0, report.plan.slug) })
            do {
                try await bottle.bringUp()
                return Running(bottle: bottle, state: state)
            } catch {
                // Awaited right here; a task of its own because an interrupted launch still has to be taken down.
                let end = await Task { [self] in try await discard(bottle) }.result
                throw LaunchRules.adding(end, to: error)
            }
        } catch {
            try? state.remove()
            throw error
        }
    }

    /// Takes a bottle down that did not come up: what is on the engine by label, for one of its names may be somebody else's.
    private func discard(_ bottle: SmolmachinesBottle) async throws {
        let kinds = DockerSweep.ofBottles.subtracting(faults.contains(.leaknet) ? [.network] : [])
        try await bottle.deleteMachine()
        try await DockerSweep.discard([bottle.plan.slug], kinds, engine: ground.engine, stateRoot: stateRoot)
    }

    package func exec(_ request: ExecRequest, in bottle: BottleID) async throws -> ExecResult {
        let running = try find(bottle)
        try LaunchRules.requireRunnable(request)
        if request.target == .guest, faults.contains(.canned) {
            let echo = Array(request.argv.joined(separator: " ").utf8)
            return ExecResult(ending: .exited(0), stdout: echo + request.stdin, stderr: [])
        }
        return try await ground.engine.blamingItsEnd {
            if let death = running.log.death {
                throw BottleError(.transport, "The bundle of bottle \(bottle) is gone: \(death).")
            }
            return try await running.run(request)
        }
    }

    package func copyIn(_ request: CopyRequest, in bottle: BottleID) async throws {
        try await find(bottle).copyIn(request)
    }

    package func copyOut(path: String, from target: ExecTarget, in bottle: BottleID) async throws -> [UInt8] {
        try await find(bottle).copyOut(path, from: target)
    }

    package func describe(_ bottle: BottleID) async throws -> BottleDescription {
        let running = try find(bottle)
        return try await ground.engine.blamingItsEnd { try await running.describe() }
    }

    package func bundleAddress(of bottle: BottleID) async throws -> String {
        let running = try find(bottle)
        return try await ground.engine.blamingItsEnd { try await running.bundle.address() }
    }

    package func logs(_ bottle: BottleID) async throws -> [LogRecord] { try find(bottle).log.records }

    package func stop(_ bottle: BottleID) async throws { try await find(bottle).stop() }

    package func start(_ bottle: BottleID) async throws { try await find(bottle).start() }

    package func destroy(_ bottle: BottleID) async throws {
        let existed = try await bottles.remove(bottle) { running in
            try await running.bottle.tearDown()
            try running.state.remove()
        }
        guard existed || !faults.contains(.strictrm) else {
            throw BottleError(.notFound, "There is no bottle \(Quoted(bottle.slug)) to destroy.")
        }
    }

    package func sweep() async throws -> [String] {
        try await DockerSweep.sweep(engine: ground.engine, stateRoot: stateRoot) + BottleState.sweep(root: stateRoot)
            + SmolvmHome.sweep(environment: variables)
    }

    private func find(_ bottle: BottleID) throws(BottleError) -> SmolmachinesBottle { try bottles.find(bottle).bottle }
}
