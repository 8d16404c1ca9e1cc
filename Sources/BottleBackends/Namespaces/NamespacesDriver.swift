// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import BottleDriver
package import BottleSystem

/// The `namespaces` backend: guest and bundle are Linux namespaces in one private world, without root or an engine.
package final class NamespacesDriver: Driver {
    /// The version of this backend, as `hello` tells it.
    package static let version = "1"
    /// The executables that go into a bottle; the launcher, the third one, runs before there is a driver.
    static let helpers = ["bottle-probe", "bottle-bundle"]

    private struct Running: Sendable {
        let bottle: NamespacesBottle
        let state: BottleState
    }

    private let world: NamespacesWorld
    private let faults: Set<Fault>
    private let stateRoot: String
    private let variables: [String: String]
    private let helperDirectory: String?
    private let pipelock: PipelockProgram?
    private let beforeStep: BringUpHook
    private let mint: AuthorityMint
    private let bottles = BottleRegister<Running>()

    /// A driver whose bottles live in `world`.
    ///
    /// - Parameters:
    ///   - faults: What is broken on purpose in every bottle of this driver.
    ///   - stateRoot: The directory of all bottles, as `StateDirectory.make()` gives it; `<slug>` is made in it.
    ///   - helperDirectory: The only place to look for the helpers; nil looks where `HelperExecutable` does.
    ///   - beforeStep: Called right before every step of a bring-up, which fails with its error.
    ///   - pipelock: What runs as pipelock in every bundle; nil is the reference's.
    ///   - variables: The host's, for those with which a user moves things, such as `GuestSkills.variable`.
    /// - Throws: `.unsupported` for a fault that cannot be built with namespaces.
    package init(
        world: NamespacesWorld, faults: Set<Fault> = [], stateRoot: String, variables: [String: String] = [:],
        helperDirectory: String? = nil, pipelock: PipelockProgram? = nil,
        beforeStep: @escaping BringUpHook = { _, _ in }
    ) throws(BottleError) {
        try LaunchRules.requirePossible(faults.filter { !Self.canCarryOut($0) }, by: "namespaces")
        self.world = world
        self.variables = variables
        self.helperDirectory = helperDirectory
        self.pipelock = pipelock
        self.beforeStep = beforeStep
        self.faults = faults
        self.stateRoot = stateRoot
        mint = AuthorityMint(faults: faults)
    }

    /// Whether a bottle of namespaces can be broken in this way: no launcher gives a guest what an engine could, there is
    /// no engine that could make its network or its volume, no virtual machine, and no image that is converted.
    package static func canCarryOut(_ fault: Fault) -> Bool {
        ![
            .capall, .privileged, .unmasked, .plainbridge, .internalbridge, .sockmount, .leakvolume, .container,
            .agentopen, .sshagent, .vsockextra, .published, .cidronly,
        ].contains(fault) && !ConversionFlaws.faults.contains(fault)
    }

    package func hello() async throws -> Hello {
        var hello = NamespacesPlanner(state: stateRoot).hello
        hello.declined = [
            "stop-start": "the files of a guest live in memory, so a stopped bottle could not come back as it was"
        ]
        if world.host.identity.mapping == .range {
            hello.capabilities.insert("guest-root")
        } else {
            hello.declined["guest-root"] = "this user may map one id only, so a guest has no root"
        }
        return hello
    }

    package func status() async throws -> Status {
        // The world runs: what is left to check are the helpers that go into a bottle.
        let identity = world.host.identity
        return Status(
            unmet: NamespacesPreflight.missingHelpers(),
            facts: [
                "kernel": identity.kernel, "ids": identity.mapping.rawValue, "ipv6": world.hasIPv6 ? "yes" : "no",
            ])
    }

    package func plan(_ request: LaunchRequest) async throws -> PlanReport {
        try NamespacesPlanner(state: stateRoot, faults: faults).report(request)
    }

    package func launch(_ request: LaunchRequest) async throws -> BottleID {
        let report = try await plan(request)
        let plan = report.plan
        let early = faults.contains(.latepreflight) ? try makeState(report, request) : nil
        // First of all, so that a machine that lacks something is left as it was.
        let probe = try HelperExecutable.path("bottle-probe", in: helperDirectory)
        let bundle = try HelperExecutable.path("bottle-bundle", in: helperDirectory)
        try early?.remove()
        try LaunchRules.requireSupported(plan, by: "namespaces")
        if !faults.contains(.tokenless) { try LaunchRules.requireTokens(report, request) }
        guard IPLiteral.isValid(request.resolver) else {
            throw BottleError(.usage, "The resolver \(Quoted(request.resolver)) is not an IP address.")
        }
        let provision = try Provision.read(plan, request, environment: variables, faults: faults)
        try await requireFree(plan)
        try bottles.reserve(plan, sharesRanges: faults.contains(.nocheck))
        do {
            let running = try await bringUp(
                report, request, provision,
                root: SandboxRoot.Host.detect(probe: probe, bundle: bundle, pipelock: pipelock))
            bottles.settle(running, as: plan.slug)
            return BottleID(plan.slug)
        } catch {
            bottles.release(plan.slug)
            throw error
        }
    }

    /// Refuses a network that the world's host has already.
    private func requireFree(_ plan: BottlePlan) async throws {
        try LaunchRules.requireFree(
            plan, routes: try await world.host.routes(in: WorldLayout.host),
            own: bottles.octets, faults: faults)
    }

    private func makeState(
        _ report: PlanReport, _ request: LaunchRequest, _ authorities: BottleAuthorities? = nil
    ) throws(BottleError) -> BottleState {
        try BottleState.make(
            root: stateRoot, report: report, workspace: request.workspace ?? "", authorities: authorities,
            faults: faults, tokens: request.tokens)
    }

    private func bringUp(
        _ report: PlanReport, _ request: LaunchRequest, _ provision: Provision, root: SandboxRoot.Host
    ) async throws -> Running {
        let plan = report.plan
        let network = BottleNetwork(
            host: world.host, slug: plan.slug, addresses: plan.addresses, faults: faults, mode: request.network,
            hasIPv6: world.hasIPv6)
        let authorities = try mint.authorities(for: plan)
        let bottle = NamespacesBottle(
            plan: plan, network: network, root: root, faults: faults,
            spilt: SpiltTokens(request.tokens, faults: faults), authorities: authorities,
            trust: try GuestTrust(authorities, of: plan, mode: request.network, faults: faults),
            beforeStep: { [beforeStep] in try await beforeStep($0, plan.slug) })
        let state = try makeState(report, request, authorities)
        do {
            try await bottle.bringUp(request, artefacts: report.artefacts, provision: provision)
            if faults.contains(.tokenargv) { try await bottle.showTokens(request.tokens) }
            return Running(bottle: bottle, state: state)
        } catch {
            // Awaited right here; a task of its own because an interrupted launch still has to be taken down.
            let keepsNetwork = faults.contains(.leaknet)
            await Task { try? await Self.tearDown(bottle, state, keepsNetwork: keepsNetwork) }.value
            throw error
        }
    }

    private static func tearDown(
        _ bottle: NamespacesBottle, _ state: BottleState, keepsNetwork: Bool = false
    ) async throws {
        try await bottle.tearDown(keepsNetwork: keepsNetwork)
        try state.remove()
    }

    package func exec(_ request: ExecRequest, in bottle: BottleID) async throws -> ExecResult {
        let running = try find(bottle)
        try LaunchRules.requireRunnable(request)
        if request.target == .guest {
            if faults.contains(.canned) {
                let echo = Array(request.argv.joined(separator: " ").utf8)
                return ExecResult(ending: .exited(0), stdout: echo + request.stdin, stderr: [])
            }
            let isOutside = faults.contains(.hostexec) || faults.contains(.rootexec) && request.user == "root"
            if isOutside { return try await running.runInWorld(request) }
        }
        if let death = running.log.death {
            throw BottleError(.transport, "The bundle of bottle \(bottle) is gone: \(death).")
        }
        return try await running.run(request)
    }

    package func copyIn(_ request: CopyRequest, in bottle: BottleID) async throws {
        try await find(bottle).copyIn(request)
    }

    package func copyOut(path: String, from target: ExecTarget, in bottle: BottleID) async throws -> [UInt8] {
        try await find(bottle).copyOut(path, from: target)
    }

    /// Starts a program in the guest for a person or a script: nothing bounds it but its own end or the bottle's.
    ///
    /// - Parameters:
    ///   - terminal: Gives it a terminal of its own of this size, whose master comes with the process; the streams are then unused.
    ///   - stdin, stdout, stderr: Descriptors the process gets copies of; they stay the caller's.
    package func attach(
        _ argv: [String], in bottle: BottleID, terminal: TerminalSize?, stdin: Int32, stdout: Int32, stderr: Int32
    ) async throws -> any SpawnedProcess {
        try await find(bottle).attach(argv, terminal: terminal, stdin: stdin, stdout: stdout, stderr: stderr)
    }

    package func describe(_ bottle: BottleID) async throws -> BottleDescription {
        try await find(bottle).describe()
    }

    package func logs(_ bottle: BottleID) async throws -> [LogRecord] { try find(bottle).log.records }

    package func stop(_ bottle: BottleID) async throws {
        _ = try find(bottle)
        throw BottleError(.unsupported, "A bottle of the namespaces backend cannot be stopped, only destroyed.")
    }

    package func start(_ bottle: BottleID) async throws {
        _ = try find(bottle)
        throw BottleError(.unsupported, "A bottle of the namespaces backend cannot be stopped and started.")
    }

    package func destroy(_ bottle: BottleID) async throws {
        let existed = try await bottles.remove(bottle) { try await Self.tearDown($0.bottle, $0.state) }
        guard existed || !faults.contains(.strictrm) else {
            throw BottleError(.notFound, "There is no bottle \(Quoted(bottle.slug)) to destroy.")
        }
    }

    package func sweep() async throws -> [String] { try BottleState.sweep(root: stateRoot) }

    private func find(_ bottle: BottleID) throws(BottleError) -> NamespacesBottle { try bottles.find(bottle).bottle }
}
