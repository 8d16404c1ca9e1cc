// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import BottleLab
import BottleRender
import BottleSystem
import ConformanceCanaries
import ConformanceChecks
import ConformanceEngine
import ConformanceMutants
import ConformanceTrials
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One run of the suite against one backend: brings world, canaries and driver together and takes them apart again.
enum SuiteRun {
    struct Request: Sendable {
        var backend: BackendName
        /// The program that calls the container engine; nil is the backend's own.
        var engine: String?
        /// What bundles run as pipelock; nil is their own.
        var pipelock: PipelockProgram?
        var chosen: Bool
        var selection: Selection
        var base: Manifest.Bottle
        var jobs: Int
        var strict: Bool
        var timeout: Duration
        /// Which parts of a trial of conversions are played; nil is all.
        var conversions: Set<ConversionOutcome.Attempt.How>?
        /// Sessions that are another run's.
        var borrowed: LentSessions?
        /// Gets the sessions of this one.
        var lend: (@Sendable (LentSessions) -> Void)?
    }

    static func perform(
        _ request: Request, interruption: Interruption, events: @escaping @Sendable (Event) -> Void
    ) async throws -> RunSummary {
        let clock = ContinuousClock()
        let start = clock.now
        // Rows about plans need nothing of this machine, not even the backend.
        if request.selection.checks.allSatisfy({ $0.requirement.scope == .plan }) {
            if let mutant = request.backend.mutant.flatMap(MutantCatalogue.find), mutant.arena == .bottles {
                throw BottleError(
                    .usage,
                    """
                    the mutant '\(mutant.id)' breaks what runs, and the selected rows look at plans only; select a row \
                    that attacks a bottle as well
                    """)
            }
            let planner = try request.backend.base.planner(environment: Self.nominalEnvironment)
            let driver = driver(PlanningDriver(planner), request.backend)
            let configuration = try configuration(
                request, facts: [:], interruption: interruption, timeout: request.timeout)
            return await Runner.run(configuration, driver: driver, field: nil, events: events)
        }
        let checks = request.selection.checks
        let isAttacked = checks.contains { $0.requirement.scope == .guest }
        let geography = checks.contains { $0 is NET05NoHostAlias } ? FieldGeography.world : .world.withoutAliases
        return try await SuiteStage.with(
            request.backend, engine: request.engine, pipelock: request.pipelock, geography: isAttacked ? geography : nil
        ) { stage in
            try await attack(
                request, on: stage, timeout: request.timeout - (clock.now - start), interruption: interruption,
                events: events)
        }
    }

    /// Runs the suite on a stage that stands: launches, attacks, judges, and takes down what it launched.
    ///
    /// - Parameter timeout: What is left of the run's time; a stage takes a part of it.
    static func attack(
        _ request: Request, on stage: SuiteStage, timeout: Duration, interruption: Interruption,
        events: @escaping @Sendable (Event) -> Void
    ) async throws -> RunSummary {
        try await attack(
            request, on: stage, among: stage.field, timeout: timeout, interruption: interruption, events: events)
    }

    /// The same among canaries other than the stage's first; they are closed when this returns.
    static func attack(
        _ request: Request, on stage: SuiteStage, among field: NamespacesField?, timeout: Duration,
        interruption: Interruption, events: @escaping @Sendable (Event) -> Void
    ) async throws -> RunSummary {
        let make: @Sendable (TrialEnvironment) throws -> any Driver = { [backend = request.backend] own in
            driver(try stage.driver(own, faults(backend)), backend)
        }
        var configuration = try configuration(
            request, facts: stage.facts, interruption: interruption, timeout: timeout,
            ground: HostGround(
                obstacles: stage.obstacles, inventory: stage.inventory, images: stage.images,
                sweeps: request.backend.mutant != nil, conversions: request.conversions, makeDriver: make))
        configuration.hostVariables = HostVariables.exported
        // Whoever lends sessions lends those of one attempt.
        configuration.anotherField = request.lend == nil ? stage.makeField : nil
        (configuration.borrowed, configuration.lend) = (request.borrowed, request.lend)
        let subject = try make(TrialEnvironment(stateRoot: stage.stateRoot))
        return try await SuiteFiles.with(
            below: stage.stateRoot, environment: ProcessInfo.processInfo.environment
        ) { files in
            configuration.sources = files.sources
            let summary = await Runner.run(configuration, driver: subject, field: field, events: events)
            // What a broken backend leaves of its bottles is nobody's to find; a whole one has nothing to sweep.
            if request.backend.mutant != nil { _ = try await subject.sweep() }
            return summary
        }
    }

    /// Plans that nobody launches are of a home that nobody has: a verdict about them does not depend on how long the
    /// path of the user's own is.
    private static var nominalEnvironment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["HOME"] = "/home/bottle"
        environment["XDG_STATE_HOME"] = nil
        environment["XDG_CACHE_HOME"] = nil
        return environment
    }

    private static func configuration(
        _ request: Request, facts: [String: String], interruption: Interruption, timeout: Duration,
        ground: (any TrialGround)? = nil
    ) throws -> RunConfiguration {
        var configuration = RunConfiguration(
            checks: request.selection.checks, profile: request.selection.profile,
            partial: request.selection.partial, subject: try subject(request, facts),
            tool: "bottle-conformance \(ToolVersion.current)", startedAt: Int64(time(nil)), base: request.base,
            jobs: request.jobs, strict: request.strict, timeout: timeout, interruption: interruption,
            ground: ground, hostFileExists: { access($0, F_OK) == 0 }, removeHostFile: { remove($0) }
        )
        configuration.secureHelper = secureHelper
        configuration.hostFile = { path in
            var status = stat()
            // What a plan names is a bottle's own: neither a link nor a device.
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= 1 << 20,
                let bytes = FileManager.default.contents(atPath: path)
            else { return nil }
            return (Array(bytes), UInt32(status.st_mode & 0o7777))
        }
        return configuration.at(pace)
    }

    /// The executable with which the probe speaks TLS.
    @Sendable private static func secureHelper() throws -> [UInt8] {
        let path = try HelperExecutable.path("bottle-tls")
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw BottleError(.io, "The helper \(path) cannot be read: build the package again.")
        }
        return Array(bytes)
    }

    /// How much time everything gets on this machine: a lab is emulated.
    static var pace: Pace {
        (try? Lab.Record.inside(ProcessInfo.processInfo.environment)) == nil ? .ordinary : .emulated
    }

    /// What a backend breaks of itself.
    private static func faults(_ backend: BackendName) -> Set<Fault> {
        guard let mutant = backend.mutant.flatMap(MutantCatalogue.find), case .fault(let fault) = mutant.change else {
            return []
        }
        return [fault]
    }

    /// A driver as a mutant changes it.
    private static func driver(_ driver: any Driver, _ backend: BackendName) -> any Driver {
        guard let mutant = backend.mutant.flatMap(MutantCatalogue.find), case .driver(let wrap) = mutant.change else {
            return driver
        }
        return wrap(driver)
    }

    private static func subject(_ request: Request, _ known: [String: String]) throws -> Subject {
        var facts = known
        facts["policy"] = try policyHash(request.base)
        facts["pipelock"] = request.pipelock?.description
        let lab = try Lab.Record.inside(ProcessInfo.processInfo.environment)
        if let lab { facts.merge(lab.facts) { own, _ in own } }
        let isMutant = request.backend.mutant != nil
        return Subject(
            backend: request.backend.subject, role: isMutant ? .mutant : lab == nil ? .reference : .lab,
            chosen: isMutant || request.chosen, facts: facts)
    }

    /// The first 12 digits of the digest of the rendered policy, slug and addresses fixed, so that two runs of one
    /// policy can be told from runs of two.
    private static func policyHash(_ bottle: Manifest.Bottle) throws -> String {
        let manifest = Manifest(bottles: ["policy": bottle], agents: ["policy": .init(bottle: "policy")])
        let plan = try BottlePlan.make(manifest: manifest, agentName: "policy", slug: "policy")
        let rendered =
            try PipelockConfig.render(PipelockInput(allowlist: plan.allowlist)) + RoutesConfig(plan: plan).rendered()
        return "sha256:" + SHA256.hex(rendered).prefix(12)
    }
}
