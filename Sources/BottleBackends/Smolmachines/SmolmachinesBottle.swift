// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleRender
import BottleSystem
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One running bottle whose guest is a microVM: the machine, and the bundle that it may reach, a container of an engine.
final class SmolmachinesBottle: RunningGuest {
    let plan: BottlePlan
    let bundle: BundleContainer
    private let name: SmolvmMachine.Name
    private let smolvm: SmolvmClient
    private let home: SmolvmHome
    private let commands: SmolvmCommands
    private let policy: MachinePolicy
    private let artefact: String
    private let request: LaunchRequest
    private let provision: Provision
    private let trust: GuestTrust
    private let execs: ContainerExec
    private let faults: Set<Fault>
    private let creations: Turn
    private let starts: Turn
    private let steps: BringUpSteps
    /// How often the machine was started so far.
    private let boots = Mutex(0)

    /// The machine ended by itself before it was provisioned.
    private struct MachineEnded: Error {}

    /// What the machine and its surroundings are made with.
    struct Parts: Sendable {
        let engine: EngineClient
        let tools: String
        let smolvm: SmolvmClient
        let home: SmolvmHome
        /// The guest's image as smolvm takes it.
        let artefact: String
        /// One machine is made at a time.
        let creations: Turn
        /// One machine boots at a time.
        let starts: Turn
    }

    /// - Parameters:
    ///   - authorities: Of this launch; nil in a build that has none.
    ///   - trust: What of them the guest is given.
    ///   - beforeStep: Called with the name of every step of the bring-up right before it, which fails with its error.
    /// - Throws: `.input` for a slug that cannot name a machine.
    init(
        report: PlanReport, request: LaunchRequest, provision: Provision, authorities: BottleAuthorities?,
        trust: GuestTrust, parts: Parts, owner: String, faults: Set<Fault>,
        beforeStep: @escaping @Sendable (String) async throws -> Void
    ) throws(BottleError) {
        plan = report.plan
        name = SmolvmMachine.Name(slug: try Slug(report.plan.slug))
        smolvm = parts.smolvm
        home = parts.home
        commands = try parts.smolvm.commands(parts.home.directory)
        policy = MachinePolicy(
            plan: report.plan, mode: request.network, faults: faults, socket: parts.home.socket,
            resolver: request.resolver)
        artefact = parts.artefact
        creations = parts.creations
        starts = parts.starts
        self.request = request
        self.provision = provision
        self.trust = trust
        self.faults = faults
        steps = BringUpSteps(before: beforeStep)
        bundle = BundleContainer(
            report: report, request: request, authorities: authorities, engine: parts.engine,
            commands: BundleCommands(
                names: DockerNames(slug: report.plan.slug, owner: owner), plan: report.plan, tools: parts.tools,
                isForwarded: false, faults: faults),
            faults: faults)
        execs = ContainerExec(engine: parts.engine)
    }

    /// What the bundle says now.
    var log: BundleLog { bundle.log }

    // MARK: - Launch

    /// Starts everything; the caller tears down when this throws.
    ///
    /// The network comes before the machine: a monitor dials from the network of the host, where the address of a bundle
    /// without a network of its own would be somebody else's, or lead outward.
    func bringUp() async throws {
        try await steps.begin("begin")
        async let created: Void = steps.noting { [self] in
            // One after the other: the first one unpacks what all of them need.
            try await creations.take { [self] in
                try await steps.begin("machine")
                try await createMachine()
            }
        }
        try await steps.begin("network")
        try await bundle.createNetwork()
        async let bundled: Void = steps.noting { [self] in try await bringUpBundle() }
        try await created
        try await startMachine()
        try await steps.begin("provision")
        do {
            try await fillGuest()
        } catch is MachineEnded {
            // As while it boots: what it has of the archive already comes again.
            try await starts.take { try await self.boot() }
            try await fillGuest()
        }
        try await bundled
        try await steps.begin("finish")
    }

    private func bringUpBundle() async throws {
        try await steps.begin("bundle")
        try await bundle.create()
        try await steps.begin("connect")
        try await bundle.connect()
        try await steps.begin("daemons")
        try await bundle.start()
    }

    /// Makes the machine, and starts none whose policy in force is another than the bottle's.
    private func createMachine() async throws {
        var environment = faults.contains(.pid1only) ? [:] : plan.guestEnvironment
        environment.merge(SpiltTokens(request.tokens, faults: faults).variables) { own, _ in own }
        let machine = SmolvmMachine(
            name: name, source: .pack(artefact), environment: environment, bundleAddress: plan.addresses.bundle,
            policy: policy.flags, resources: MachinePolicy.resources)
        try await bundle.whole { [self] in
            try await smolvm.call("make the machine \(name)", try commands.create(machine))
        }
        guard policy.isWhole else { return }
        if let problem = try await record().problem(bundle: plan.addresses.bundle) {
            throw BottleError(
                .launch,
                "The machine \(name) was not started, for its policy is another than was asked for: \(problem).")
        }
    }

    private func startMachine() async throws {
        // Several that boot at once take many times as long, and smolvm gives each 30 s.
        try await starts.take {
            try await self.steps.begin("start")
            try await self.boot()
        }
    }

    private func boot() async throws {
        try await bundle.whole { [self] in
            let attempts = try await smolvm.boot("start the machine \(name)", commands.start(name))
            boots.withLock { $0 += attempts }
        }
    }

    private func record() async throws -> MachineRecord {
        try MachineRecord(try await smolvm.call("look at the machine \(name)", commands.status(name)).stdout)
    }

    /// The ownership first, then everything that a guest is given, in one archive and by one call.
    private func fillGuest() async throws {
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
        if let certificate = trust.certificate {
            try archive.add(
                file: String(MachinePolicy.certificatePath.dropFirst()), Array(certificate.utf8),
                mode: GuestTrust.storeMode)
        }
        try provision.add(to: &archive)
        let exec = SmolvmMachine.Exec(
            argv: ["/bin/sh", "-c", MachinePolicy.provisioning], environment: [:], user: "0:0", workingDirectory: "/",
            timeout: 60, forwardsInput: true)
        let output = try await smolvm.run(try commands.exec(name, exec), stdin: archive.bytes)
        guard output.code == 0 else {
            if SmolvmFailure(output.stderr).isEarlyEnd, boots.withLock({ $0 }) == 1 { throw MachineEnded() }
            let said = Quoted(String(decoding: output.stderr, as: UTF8.self), limit: 300)
            throw BottleError(
                .launch,
                "The guest of \(plan.slug) could not be provisioned (\(output.code)): \(said). Its image needs sh, tar, chown, cat, mkdir and mv."
            )
        }
    }

    // MARK: - Stop, start and the end

    func stop() async throws {
        log.end("the bottle was stopped")
        try await smolvm.call("stop the machine \(name)", commands.stop(name, grace: 2))
        try await bundle.engine.call("stop the bundle of \(plan.slug)", ["stop", "--time", "2", bundle.name])
    }

    /// Starts a stopped bottle; the machine when its bundle is there, and only with its policy in force.
    func start() async throws {
        try await bundle.start()
        if policy.isWhole, let problem = try await record().problem(bundle: plan.addresses.bundle) {
            throw BottleError(.launch, "The machine \(name) was not started again: \(problem).")
        }
        try await startMachine()
    }

    /// Takes everything down; what is not there any more is no failure.
    func tearDown() async throws {
        log.end("the bottle was destroyed")
        async let removed = bundle.remove([bundle.name])
        var failures: [any Error] = []
        do {
            try await deleteMachine()
        } catch {
            failures.append(error)
        }
        failures += await removed
        guard let first = failures.first else { return }
        throw BottleError(
            .internalFault,
            "Bottle \(plan.slug) was not taken down completely; run `bottle-conformance gc` when smolvm and the engine answer again.",
            cause: first)
    }

    /// Ends and deletes the machine; one that is not there any more is no failure.
    func deleteMachine() async throws {
        let output = try await smolvm.run(commands.delete(name))
        let failure = SmolvmFailure(output.stderr)
        if output.code != 0, !failure.isAbsence { throw failure.error("delete the machine \(name)") }
    }
}

// MARK: - Exec and copy

extension SmolmachinesBottle {
    /// Bytes from which on smolvm's own copy is worth a call of its own: what goes through a command's input is slow.
    private static let largeFile = 1 << 20

    /// Writes a file in the guest as its owner, never wider open than asked for.
    ///
    /// Smolvm copies as the guest's root and follows what leads there, so that only what stands right in the agent's home
    /// goes by it: nobody but root can put something else in that one's place.
    func copyIn(_ request: CopyRequest) async throws {
        let inHome = request.path.hasPrefix("\(Contract.agentHome)/")
        let file = request.path.dropFirst(Contract.agentHome.count + 1)
        guard request.bytes.count >= Self.largeFile, inHome, !file.isEmpty, !file.contains("/"), file != "..",
            request.owner == Contract.agentUser, request.mode <= 0o777
        else { return try await write(request) }
        let path = "\(home.directory)/copy-\(UInt64.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try PrivateTree.replace(path, with: request.bytes)
        let id = Contract.agentUID
        try await smolvm.call(
            "copy a file into the machine \(name)",
            try commands.copyIn(
                name, from: path, to: request.path, mode: UInt16(request.mode), uid: id, gid: id))
    }

    func run(_ request: ExecRequest) async throws -> ExecResult {
        guard request.target == .guest else {
            return try await execs.run(
                request, in: bundle.name, directory: request.workingDirectory ?? "/", root: try isRoot(request.user),
                variables: request.environment)
        }
        let root = try isRoot(request.user)
        var bottle = faults.contains(.pid1only) ? [:] : plan.guestEnvironment
        bottle.merge(SpiltTokens(self.request.tokens, faults: faults).variables) { own, _ in own }
        let variables = ExecEnvironment.guest(
            bottle: bottle, root: root, tty: request.tty, request: request.environment)
        // Checks the names and values.
        _ = try ExecEnvironment.lines(variables)
        let milliseconds = request.deadlineMilliseconds
        // What starts in a bottle has no AF_VSOCK, so that nothing of it talks to smolvm's own agent beside it.
        let helper = (request.tty ? "run-tty" : "run") + (self.request.network == .open ? "-vsock" : "")
        let exec = SmolvmMachine.Exec(
            argv: [BundleCommands.launcher, helper, "\(milliseconds)"] + request.argv,
            environment: variables, user: root ? "0:0" : "\(Contract.agentUID):\(Contract.agentUID)",
            workingDirectory: request.workingDirectory ?? Contract.agentHome,
            // The helper inside keeps the deadline; outside there is some time more for it to say so.
            timeout: milliseconds / 1000 + 20, forwardsInput: request.tty || !request.stdin.isEmpty,
            terminal: request.tty)
        let began = ContinuousClock.now
        let deadline = Duration.milliseconds(milliseconds)
        // The terminal is the guest's own, and takes what is typed from a pipe; end-of-file is a character to it, which means
        // that at the start of a line only.
        let typed: [UInt8] = request.stdin.isEmpty || request.stdin.last == 10 ? [4] : [4, 4]
        let output = try await smolvm.run(
            try commands.exec(name, exec), stdin: request.stdin + (request.tty ? typed : []),
            deadline: deadline + .seconds(30), limit: (request.tty ? 1 : 3) * ContainerExec.outputLimit)
        let program = request.argv[0]
        let failure = SmolvmFailure(output.stderr)
        // What the program writes comes by the terminal: on stderr there is smolvm's own word alone.
        if output.code != 0, !request.tty || failure.code != nil {
            let error = failure.error("run \(Quoted(program)) in \(name)")
            guard failure.isEnd, let said = lastWords else { throw error }
            throw BottleError(error.code, "\(error.message) Of its machine, \(said).")
        }
        if request.tty { return onTerminal(output, timedOut: ContinuousClock.now - began >= deadline) }
        return try SupervisedOutput(output.stdout, limit: ContainerExec.outputLimit)
            .result(of: program, cut: output.isTruncated)
    }

    /// What the machine's logs end with.
    private var lastWords: String? { home.machines["\(name)"].flatMap(LastWords.read) }

    /// On a terminal smolvm ends as the command did, as a shell would tell it.
    private func onTerminal(_ output: SmolvmClient.Output, timedOut: Bool) -> ExecResult {
        let ending: ExecResult.Ending =
            switch output.code {
            case 137 where timedOut: .timedOut
            case 129...192: .signalled(output.code - 128)
            default: .exited(output.code)
            }
        return ExecResult(ending: ending, stdout: output.stdout, stderr: [], truncated: output.isTruncated)
    }

    // MARK: - Reading back

    /// The state of what runs: by smolvm's own record, by the bundle's kernel, and by the guest's.
    func describe() async throws -> BottleDescription {
        async let record = record()
        async let sockets = bundle.listeners()
        let look = try await run(
            ExecRequest([BundleCommands.launcher, "look", "routes", "environment"], deadlineMilliseconds: 20_000))
        let seen = DockerNetworkPolicy.Reading(String(decoding: look.stdout, as: UTF8.self))
        guard look.ending == .exited(0), seen.isWhole else {
            throw BottleError(
                .transport, "The look into the guest of \(plan.slug) was not answered to its end; try again.")
        }
        let held = try await record
        return BottleDescription(
            bundleAddress: plan.addresses.bundle,
            ports: ["pipelock": Contract.pipelockPort, "egress": Contract.egressPort],
            guestUser: Contract.agentUser,
            guestHome: Contract.agentHome,
            promptPath: Contract.promptPath,
            effectiveAllow: held.effectiveAllow,
            effectiveResolvers: MachinePolicy.resolvers(seen.resolvers, held),
            bundleListeners: try await sockets,
            runningDaemons: log.running,
            environment: seen.variables, machine: try description(held), network: MachinePolicy.network(seen))
    }

    /// The machine as its monitor's process shows it, and as smolvm keeps it.
    private func description(_ record: MachineRecord) throws(BottleError) -> MachineDescription {
        guard let process = record.pid, let monitor = MonitorProcess.look(process) else {
            throw BottleError(.transport, "The monitor of the machine \(name) is not there any more.")
        }
        var channels: Set<MachineDescription.Channel> = policy.flags.sockets.isEmpty ? [] : [.hostSocket]
        if record.mounts > 0 { channels.insert(.hostDirectory) }
        if record.ports > 0 { channels.insert(.publishedPort) }
        if record.gpu { channels.insert(.gpu) }
        if record.cuda { channels.insert(.cuda) }
        return MachineDescription(
            hostPorts: MachinePolicy.hostPorts, guestPorts: MachinePolicy.guestPorts,
            agentRequest: MachinePolicy.agentRequest,
            openedPorts: policy.flags.sockets.isEmpty ? [] : [MachinePolicy.firstSocketPort],
            agentSockets: MachinePolicy.agentSockets,
            openedSockets: policy.flags.sockets.compactMap { $0.split(separator: ":").last.map(String.init) },
            monitor: monitor,
            channels: channels, boots: boots.withLock { $0 })
    }
}
