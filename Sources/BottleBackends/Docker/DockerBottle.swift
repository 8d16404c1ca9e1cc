// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One running bottle on a container engine: a guest, the anchor that holds its network, and a bundle.
final class DockerBottle: RunningGuest {
    static let readyTime = Duration.seconds(30)

    let plan: BottlePlan
    let engine: EngineClient
    let commands: DockerCommands
    let faults: Set<Fault>
    private let policy: DockerNetworkPolicy
    private let request: LaunchRequest
    private let provision: Provision
    private let trust: GuestTrust
    private let steps: BringUpSteps

    /// - Parameters:
    ///   - authorities: Of this launch; nil in a build that has none.
    ///   - trust: What of them the guest is given.
    ///   - beforeStep: Called with the name of every step of the bring-up right before it, which fails with its error.
    init(
        report: PlanReport, request: LaunchRequest, provision: Provision, authorities: BottleAuthorities?,
        trust: GuestTrust, engine: EngineClient, images: DockerImages.Prepared, names: DockerNames,
        pipelock: PipelockProgram? = nil, faults: Set<Fault>,
        beforeStep: @escaping @Sendable (String) async throws -> Void = { _ in }
    ) {
        steps = BringUpSteps(before: beforeStep)
        plan = report.plan
        self.request = request
        self.provision = provision
        self.trust = trust
        self.engine = engine
        self.faults = faults
        policy = DockerNetworkPolicy(plan: report.plan, faults: faults, mode: request.network)
        let common = BundleCommands(
            names: names, plan: report.plan, tools: images.tools, isForwarded: policy.isForwarded, faults: faults,
            resolver: pipelock == nil ? nil : request.resolver)
        commands = DockerCommands(
            bundle: common, images: images, policy: policy, resolver: request.resolver,
            engineSocket: engine.socketPath)
        bundle = BundleContainer(
            report: report, request: request, authorities: authorities, engine: engine, commands: common,
            pipelock: pipelock, faults: faults)
        execs = ContainerExec(engine: engine)
    }

    let bundle: BundleContainer
    private let execs: ContainerExec
    /// What the bundle says now.
    var log: BundleLog { bundle.log }
    private var names: DockerNames { commands.names }

    // MARK: - Launch

    /// Starts everything; the caller tears down when this throws.
    ///
    /// Every call costs a good part of a tenth of a second of the engine's: what does not depend on each other goes on
    /// at once, and only two things wait. The guest starts when its policy is in force, and the bundle when it has both
    /// its networks; what is no secret and what is one reach it by its standard input.
    func bringUp() async throws {
        try await steps.begin("begin")
        async let guest: Void = steps.noting { [self] in try await fillGuest() }
        async let created: Void = steps.noting { [self] in
            try await steps.begin("bundle")
            try await bundle.create()
        }
        try await steps.begin("network")
        try await bundle.createNetwork()
        async let guarded: Void = steps.noting { [self] in try await holdNetwork() }
        try await created
        try await steps.begin("connect")
        try await bundle.connect()
        try await steps.begin("daemons")
        async let ready: Void = bundle.start()
        try await guarded
        do {
            try await guest
        } catch let error as BottleError where error.code == .notFound {
            // Some engines take the name of the network's holder only when it is there, as it is now, or that of its network.
            try await fillGuest()
        }
        try await steps.begin("start")
        try await startGuest()
        try await ready
        try await steps.begin("finish")
    }

    private func holdNetwork() async throws {
        try await steps.begin("guard")
        try await bundle.whole { [self] in try await startAnchor(commands.runAnchor) }
    }

    private func startGuest() async throws {
        try await engine.call("start the guest of \(plan.slug)", ["start", names.guest])
    }

    private func fillGuest() async throws {
        try await steps.begin("guest")
        var environment = faults.contains(.pid1only) ? [:] : plan.guestEnvironment
        environment.merge(SpiltTokens(request.tokens, faults: faults).variables) { own, _ in own }
        let variables = try DockerCommands.Variables(
            ExecEnvironment.guest(bottle: environment, root: false, tty: false, request: [:]),
            isReserved: execs.isReserved)
        try await bundle.whole { [self] in
            try await engine.call(
                "make the guest of \(plan.slug)", commands.createGuest(variables), stdin: variables.file,
                variables: variables.inherited)
        }
        try await steps.begin("provision")
        // An archive replaces files as a whole, and no link of an image leads one out of the container.
        let own =
            trust.certificate == nil ? [] : try await engine.certificates(of: commands.images.guest, in: names.guest)
        try await engine.call(
            "provision the guest of \(plan.slug)", ["cp", "-", "\(names.guest):/"],
            stdin: try provisions(over: own).bytes)
    }

    /// Everything that a guest is given before it starts, in one archive.
    ///
    /// - Parameter certificates: What the image trusts, in PEM.
    private func provisions(over certificates: [UInt8]) throws(BottleError) -> TarArchive {
        var archive = TarArchive()
        try archive.add(directory: "bottle")
        for name in ["launcher", "probe"] {
            let path = try HelperExecutable.path("bottle-\(name)")
            guard let bytes = HostFiles.contents(of: path, limit: 64 << 20) else {
                throw BottleError(.io, "The helper \(path) cannot be read: build the package again.")
            }
            // Run and not read: the kernel then keeps other processes of the same user out of it.
            try archive.add(file: "bottle/\(name)", bytes, mode: 0o111)
        }
        for bytes in SpiltTokens(request.tokens, faults: faults).file {
            try archive.add(file: String(SpiltTokens.path.dropFirst()), bytes, mode: 0o600)
        }
        if trust.certificate != nil {
            try archive.add(
                file: String(Contract.caBundlePath.dropFirst()), trust.store(over: certificates),
                mode: GuestTrust.storeMode)
        }
        try provision.add(to: &archive)
        return archive
    }

    /// Starts the holder of the guest's network; returns when it has said that the policy is in force.
    ///
    /// - Parameter arguments: Of the engine's program, which stays attached to it.
    private func startAnchor(_ arguments: [String]) async throws {
        guard policy.source == .anchor else { return }
        let report = LineCollector()
        let process = try await engine.follow("hold the network of \(plan.slug)", arguments, stdin: []) {
            report.take($0)
        } end: {
            report.end($0)
        }
        let text: String
        do {
            // A guard that fails says so and ends; its words alone are no end, for what the engine starts beside it writes
            // here as well (Podman's name server: "failed to connect to syslog").
            text = try await report.text(until: ["ready"], limit: Self.readyTime)
        } catch {
            await process.kill()
            throw error
        }
        let reading = DockerNetworkPolicy.Reading(text)
        guard reading.isWhole else {
            await process.kill()
            let lines = text.split(whereSeparator: \.isNewline)
            let complaint = lines.last { $0.hasPrefix("guard failed ") }
            // What the guard does not say the engine's program says.
            guard lines.isEmpty || complaint != nil else {
                throw EngineFailure.of(text).error(
                    "hold the network of \(plan.slug)", engine: engine.name, said: text)
            }
            let reason = Quoted(complaint.map(String.init) ?? "nothing", limit: 300)
            throw BottleError(
                .launch, "The network policy of \(plan.slug) could not be put in force; its guard said \(reason).")
        }
    }

    // MARK: - Stop, start and the end

    func stop() async throws {
        log.end("the bottle was stopped")
        // The guest first: nothing of it runs while its network is not held.
        try await engine.call("stop the guest of \(plan.slug)", ["stop", "--time", "2", names.guest])
        let others = (policy.source == .anchor ? [names.anchor] : []) + [names.bundle]
        try await engine.call("stop the bottle \(plan.slug)", ["stop", "--time", "2"] + others)
    }

    /// Starts a stopped bottle; the guest joins its network when the policy is in force there again.
    func start() async throws {
        async let ready: Void = bundle.start()
        try await startAnchor(["start", "--attach", names.anchor])
        try await startGuest()
        try await ready
    }

    /// Puts two bottles into each other's networks: what the `sharednet` fault is. One that goes meanwhile is let go.
    func share(with other: DockerBottle) async throws {
        guard policy.source == .anchor, other.policy.source == .anchor else { return }
        for (guest, network) in [(self, other.names.network), (other, names.network)] {
            let action = "put the guest of \(guest.plan.slug) into the network \(network)"
            let output = try await engine.run(guest.commands.join(network))
            if output.code == 0 || EngineFailure.isOnlyAbsence(String(decoding: output.stderr, as: UTF8.self)) {
                continue
            }
            throw engine.error(action, output)
        }
    }

    /// Puts every guest of another bottle out of the network, so that it can be removed.
    private func unshare() async {
        let format = "{{range .Containers}}{{.Name}} {{end}}"
        guard let list = try? await engine.run(["network", "inspect", "--format", format, names.network]) else {
            return
        }
        let attached = String(decoding: list.stdout, as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).map(String.init)
        for name in attached where ![names.guest, names.anchor, names.bundle].contains(name) {
            // What cannot be put out keeps the network, and the removal says so.
            _ = try? await engine.run(["network", "disconnect", "--force", names.network, name])
        }
    }

    /// Takes everything down; what is not there any more is no failure.
    func tearDown() async throws {
        if faults.contains(.sharednet) { await unshare() }
        let failures = await bundle.remove(commands.containers)
        guard let first = failures.first else { return }
        throw BottleError(
            .internalFault,
            "Bottle \(plan.slug) was not taken down completely; run `bottle-conformance gc` when the engine answers again.",
            cause: first)
    }
}

// MARK: - Exec and copy

extension DockerBottle {
    func run(_ request: ExecRequest) async throws -> ExecResult {
        let isGuest = request.target == .guest
        let root = try isRoot(request.user)
        var added = request.environment
        if request.tty, isGuest, added["TERM"] == nil { added["TERM"] = "xterm-256color" }
        if root, isGuest {
            for (name, value) in ["HOME": "/root", "USER": "root", "LOGNAME": "root"] where added[name] == nil {
                added[name] = value
            }
        }
        if isGuest, faults.contains(.inherit) {
            let host = ProcessInfo.processInfo.environment
            let foreign = host.filter { !execs.isReserved($0.key) && plan.guestEnvironment[$0.key] == nil }
            added.merge(foreign) { own, _ in own }
        }
        let container = isGuest ? names.guest : names.bundle
        let directory = request.workingDirectory ?? (isGuest ? Contract.agentHome : "/")
        return try await execs.run(
            request, in: container, directory: directory, root: root, variables: added,
            allowsVsock: isGuest && policy.allowsVsock)
    }

    /// Runs a command on the engine's host: what the `hostexec` fault does with every exec.
    ///
    /// Never on the machine of the harness, from whose network packets could leave for somebody else.
    func run(_ request: ExecRequest, onHost container: String) async throws -> ExecResult {
        var added = request.environment.merging(plan.guestEnvironment) { own, _ in own }
        added["HOME"] = "/tmp"
        return try await execs.run(
            request, in: container, directory: "/tmp", root: false, variables: added, allowsVsock: true)
    }

    /// Puts token values on a command line of the machine: what the `tokenargv` fault does.
    func showTokens() async throws {
        #if os(Linux)
            let leash = try HelperExecutable.path("bottle-launcher")
            _ = try await ProcessIO.run(
                argv: ["/bin/sh", "-c", "sleep 0.05"] + request.tokens.values.map(\.exposed).sorted(),
                deadline: .seconds(5)
            ) { try await LocalProcess.spawn($0, leash: leash) }
        #endif
    }

}

// MARK: - Reading back

extension DockerBottle {
    /// The state of what runs, read from the kernel through the container that holds the guest's network, from the
    /// bundle's network, and from the guest.
    func describe() async throws -> BottleDescription {
        async let policy = policyReading()
        async let sockets = bundle.listeners()
        async let guest = engine.look(into: names.guest, ["routes", "environment"])
        let (held, seen) = (try await policy, try await guest)
        return BottleDescription(
            bundleAddress: plan.addresses.bundle,
            ports: ["pipelock": Contract.pipelockPort, "egress": Contract.egressPort],
            guestUser: Contract.agentUser,
            guestHome: Contract.agentHome,
            promptPath: Contract.promptPath,
            effectiveAllow: DockerNetworkPolicy.effectiveAllow(held ?? seen),
            effectiveResolvers: seen.resolvers,
            bundleListeners: try await sockets,
            runningDaemons: log.running,
            environment: seen.variables)
    }

    private func policyReading() async throws -> DockerNetworkPolicy.Reading? {
        guard policy.source == .anchor else { return nil }
        return try await engine.look(into: names.anchor, ["policy"], root: true)
    }
}
