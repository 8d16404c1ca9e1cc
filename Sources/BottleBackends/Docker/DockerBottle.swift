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

/// One running bottle on a container engine: a guest, the anchor that holds its network, and a bundle.
final class DockerBottle: Sendable {
    static let readyTime = Duration.seconds(30)
    static let outputLimit = 8 << 20

    let plan: BottlePlan
    let engine: EngineClient
    let commands: DockerCommands
    let faults: Set<Fault>
    private let policy: DockerNetworkPolicy
    private let request: LaunchRequest
    private let artefacts: [Artefact]
    private let provision: Provision
    private let current = Mutex(BundleLog())
    /// Why the bring-up has failed, as soon as a part of it has.
    private let broken = Mutex<(any Error)?>(nil)
    private let beforeStep: @Sendable (String) async throws -> Void

    /// - Parameter beforeStep: Called with the name of every step of the bring-up right before it, which fails with its error.
    init(
        report: PlanReport, request: LaunchRequest, provision: Provision, engine: EngineClient,
        images: DockerImages.Prepared, names: DockerNames, faults: Set<Fault>,
        beforeStep: @escaping @Sendable (String) async throws -> Void = { _ in }
    ) {
        self.beforeStep = beforeStep
        plan = report.plan
        artefacts = report.artefacts
        self.request = request
        self.provision = provision
        self.engine = engine
        self.faults = faults
        policy = DockerNetworkPolicy(plan: report.plan, faults: faults, mode: request.network)
        commands = DockerCommands(
            names: names, plan: report.plan, images: images, policy: policy, resolver: request.resolver,
            engineSocket: engine.socketPath)
    }

    /// What the bundle says now; a bundle that was started again begins anew.
    var log: BundleLog { current.withLock { $0 } }
    private var names: DockerNames { commands.names }

    // MARK: - Launch

    /// Starts everything; the caller tears down when this throws.
    ///
    /// Every call costs a good part of a tenth of a second of the engine's: what does not depend on each other goes on
    /// at once, and only two things wait. The guest starts when its policy is in force, and the bundle when it has both
    /// its networks and its files.
    func bringUp() async throws {
        try await begin("begin")
        async let guest: Void = noting { [self] in try await fillGuest() }
        async let bundle: Void = noting { [self] in try await createBundle() }
        try await begin("network")
        try await whole { [self] in
            try await engine.call("make the network of \(plan.slug)", commands.createNetwork)
        }
        async let guarded: Void = noting { [self] in try await holdNetwork() }
        try await bundle
        async let configured: Void = noting { [self] in try await configureBundle() }
        try await begin("connect")
        try await engine.call("connect the bundle of \(plan.slug) to its network", commands.connectBundle)
        try await configured
        try await begin("daemons")
        async let ready: Void = startBundle()
        try await guarded
        do {
            try await guest
        } catch let error as BottleError where error.code == .notFound {
            // Some engines take the name of the network's holder only when it is there, as it is now, or that of its network.
            try await fillGuest()
        }
        try await begin("start")
        try await startGuest()
        try await ready
        try await begin("finish")
    }

    /// Tells of a step that begins. None does when one beside it has failed, for all that it made would go again.
    private func begin(_ step: String) async throws {
        if let failure = broken.withLock({ $0 }) { throw failure }
        try await beforeStep(step)
    }

    /// Lets the steps beside know at once of a failure that is awaited later.
    private func noting(_ steps: @Sendable () async throws -> Void) async throws {
        do {
            try await steps()
        } catch {
            // What is not there yet may be made good later.
            if (error as? BottleError)?.code != .notFound { broken.withLock { $0 = $0 ?? error } }
            throw error
        }
    }

    private func holdNetwork() async throws {
        try await begin("guard")
        try await whole { [self] in try await startAnchor(commands.runAnchor) }
    }

    /// Ends what makes something on the engine also when the launch is interrupted or fails beside it: the engine would
    /// go on by itself, and whoever takes down has to find what was made.
    private func whole(_ make: @escaping @Sendable () async throws -> Void) async throws {
        // Awaited right here; a task of its own because a cancelled one would kill the engine's program.
        try await Task { try await make() }.value
    }

    private func createBundle() async throws {
        try await begin("bundle")
        if let volume = commands.createVolume {
            try await whole { [self] in try await engine.call("make the volume of \(plan.slug)", volume) }
        }
        try await whole { [self] in
            try await engine.call("make the bundle of \(plan.slug)", commands.createBundle)
        }
    }

    private func configureBundle() async throws {
        try await begin("configure")
        var archive = TarArchive()
        for (kind, path) in [Artefact.Kind.pipelock: Contract.Bundle.pipelockConfig, .routes: Contract.Bundle.routes]
            .sorted(by: { $0.value < $1.value })
        {
            guard let artefact = artefacts.first(where: { $0.kind == kind }) else { continue }
            try archive.add(
                file: String(path.dropFirst()), Array(artefact.text.utf8), mode: 0o600, owner: .agent)
        }
        try await engine.call(
            "configure the bundle of \(plan.slug)", ["cp", "-", "\(names.bundle):/"], stdin: archive.bytes)
    }

    private func startGuest() async throws {
        try await engine.call("start the guest of \(plan.slug)", ["start", names.guest])
    }

    private func fillGuest() async throws {
        try await begin("guest")
        var environment = faults.contains(.pid1only) ? [:] : plan.guestEnvironment
        environment.merge(SpiltTokens(request.tokens, faults: faults).variables) { own, _ in own }
        let variables = try DockerCommands.Variables(
            ExecEnvironment.guest(bottle: environment, root: false, tty: false, request: [:]), isReserved: isReserved)
        try await whole { [self] in
            try await engine.call(
                "make the guest of \(plan.slug)", commands.createGuest(variables), stdin: variables.file,
                variables: variables.inherited)
        }
        try await begin("provision")
        try await engine.call(
            "provision the guest of \(plan.slug)", ["cp", "-", "\(names.guest):/"],
            stdin: try provisions().bytes)
    }

    /// Everything that a guest is given before it starts, in one archive.
    private func provisions() throws(BottleError) -> TarArchive {
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
        try provision.add(to: &archive)
        return archive
    }

    /// Starts the holder of the guest's network; returns when it has said that the policy is in force.
    ///
    /// - Parameter arguments: Of the engine's program, which stays attached to it.
    private func startAnchor(_ arguments: [String]) async throws {
        guard policy.source == .anchor else { return }
        let report = LineCollector()
        let process = try await engine.follow(arguments, stdin: []) {
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

    private func startBundle() async throws {
        let log = BundleLog()
        current.withLock { $0 = log }
        let document = try BundleInit(
            plan: plan, open: request.network == .open, faults: faults, tokens: request.tokens,
            resolver: request.resolver
        ).document()
        _ = try await engine.follow(
            ["start", "--attach", "--interactive", names.bundle], stdin: document, line: { log.take(line: $0) },
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
        async let bundle: Void = startBundle()
        try await startAnchor(["start", "--attach", names.anchor])
        try await startGuest()
        try await bundle
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
        log.end("the bottle was destroyed")
        var failures: [any Error] = []
        if faults.contains(.sharednet) { await unshare() }
        for (action, verb, names) in [
            ("remove the containers of \(plan.slug)", DockerCommands.removeContainers, commands.containers),
            ("remove the network of \(plan.slug)", DockerCommands.removeNetwork, [names.network]),
        ] {
            do {
                if let output = try await engine.remove(verb, names) { failures.append(engine.error(action, output)) }
            } catch {
                failures.append(error)
            }
        }
        guard let first = failures.first else { return }
        throw BottleError(
            .internalFault,
            "Bottle \(plan.slug) was not taken down completely; run `bottle-conformance gc` when the engine answers again.",
            cause: first)
    }
}

// MARK: - Exec and copy

extension DockerBottle {
    /// Names that mean something to an engine's program itself: they travel on its command line.
    private static let reserved: Set<String> = ["HOME", "PATH", "USER", "TMPDIR"]

    private func isReserved(_ name: String) -> Bool {
        let upper = name.uppercased()
        return Self.reserved.contains(upper) || engine.environment[name] != nil
            || ["DOCKER_", "GO", "SSL_", "XDG_", "LD_", "CONTAINER"].contains { upper.hasPrefix($0) }
            || upper.hasSuffix("_PROXY")
    }

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
            let foreign = host.filter { !isReserved($0.key) && plan.guestEnvironment[$0.key] == nil }
            added.merge(foreign) { own, _ in own }
        }
        let container = isGuest ? names.guest : names.bundle
        let directory = request.workingDirectory ?? (isGuest ? Contract.agentHome : "/")
        return try await run(request, in: container, directory: directory, root: root, variables: added)
    }

    private func run(
        _ request: ExecRequest, in container: String, directory: String, root: Bool, variables added: [String: String]
    ) async throws -> ExecResult {
        // Checks the names and values.
        _ = try ExecEnvironment.lines(added)
        var inherited: [String: String] = [:]
        var arguments: [String] = []
        for (name, value) in added.sorted(by: { $0.key < $1.key }) {
            if isReserved(name) {
                arguments.append("\(name)=\(value)")
            } else {
                inherited[name] = value
                arguments.append(name)
            }
        }
        let deadline = Duration.milliseconds(request.deadlineMilliseconds)
        let command = DockerCommands.exec(
            container, root: root, directory: directory, variables: arguments,
            interactive: !request.stdin.isEmpty, terminal: request.tty,
            allowsVsock: container == names.guest && policy.allowsVsock, milliseconds: request.deadlineMilliseconds,
            request.argv)
        if request.tty { return try await runOnTerminal(request, command, inherited) }
        // The helper inside keeps the deadline; outside there is some time more for it to say so.
        let output = try await engine.run(
            command, stdin: request.stdin, variables: inherited, deadline: deadline + .seconds(10),
            limit: 3 * Self.outputLimit)
        let program = request.argv[0]
        let frames = try SupervisedOutput(output.stdout, limit: Self.outputLimit)
        if output.code != 0 {
            throw engine.error("run \(Quoted(program)) in \(container)", output)
        }
        return try frames.result(of: program, cut: output.isTruncated)
    }

    /// On a terminal the engine's program ends as the command did, as a shell would tell it.
    private func runOnTerminal(
        _ request: ExecRequest, _ command: [String], _ variables: [String: String]
    ) async throws -> ExecResult {
        let deadline = Duration.milliseconds(request.deadlineMilliseconds)
        let began = ContinuousClock.now
        let output = try await engine.run(
            command, stdin: request.stdin, variables: variables, deadline: deadline + .seconds(10),
            limit: Self.outputLimit, terminal: true)
        let said = String(decoding: output.stdout.suffix(1000), as: UTF8.self)
        if output.code != 0, [.gone, .noEngine, .notFound].contains(EngineFailure.of(said)), said.contains("daemon") {
            throw engine.error("run \(Quoted(request.argv[0])) on a terminal", output)
        }
        let ending: ExecResult.Ending =
            switch output.code {
            case 137 where ContinuousClock.now - began >= deadline: .timedOut
            case 129...192: .signalled(output.code - 128)
            default: .exited(output.code)
            }
        return ExecResult(ending: ending, stdout: output.stdout, stderr: [], truncated: output.isTruncated)
    }

    /// Runs a command on the engine's host: what the `hostexec` fault does with every exec.
    ///
    /// Never on the machine of the harness, from whose network packets could leave for somebody else.
    func run(_ request: ExecRequest, onHost container: String) async throws -> ExecResult {
        var added = request.environment.merging(plan.guestEnvironment) { own, _ in own }
        added["HOME"] = "/tmp"
        return try await run(
            request, in: container, directory: "/tmp", root: false, variables: added)
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

    private func isRoot(_ user: String?) throws(BottleError) -> Bool {
        switch user {
        case nil, Contract.agentUser, "\(Contract.agentUID)": return false
        case "root", "0": return true
        case .some(let name):
            throw BottleError(.unsupported, "Bottle \(plan.slug) has no user \(Quoted(name)), only node and root.")
        }
    }

    /// Writes a file in the guest as its owner, never wider open than asked for.
    func copyIn(_ request: CopyRequest) async throws {
        let path = try absolute(request.path)
        guard request.mode <= 0o777 else {
            throw BottleError(.usage, "A file cannot be copied into a guest with special mode bits.")
        }
        // Not through the engine's own copy: that one follows links that the guest made, as the engine's root.
        let script = #"set -e; umask 077; rm -f -- "$1"; set -C; exec 3> "$1"; cat >&3; chmod -- "$2" /proc/self/fd/3"#
        let exec = ExecRequest(
            ["/bin/sh", "-c", script, "sh", path, String(request.mode, radix: 8)], user: request.owner,
            workingDirectory: "/", stdin: request.bytes)
        let result = try await run(exec)
        guard result.ending == .exited(0) else {
            let said = Quoted(String(decoding: result.stderr, as: UTF8.self), limit: 200)
            throw BottleError(.io, "The guest could not write \(path) (\(result.ending)): \(said).")
        }
    }

    /// Reads a file in the guest as the agent.
    func copyOut(_ path: String, from target: ExecTarget) async throws -> [UInt8] {
        guard target == .guest else {
            throw BottleError(.unsupported, "A bundle has no program that could hand a file out; ask the guest's only.")
        }
        let result = try await run(ExecRequest(["/bin/cat", "--", try absolute(path)], workingDirectory: "/"))
        guard result.ending == .exited(0) else {
            throw BottleError(.notFound, "There is no readable file \(Quoted(path)) in the guest of \(plan.slug).")
        }
        guard !result.truncated else {
            throw BottleError(.io, "The file \(Quoted(path)) is larger than \(Self.outputLimit) bytes.")
        }
        return result.stdout
    }

    private func absolute(_ path: String) throws(BottleError) -> String {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw BottleError(.usage, "The path \(Quoted(path)) cannot be used: expected an absolute path.")
        }
        return path
    }
}

// MARK: - Reading back

extension DockerBottle {
    /// The state of what runs, read from the kernel through the container that holds the guest's network, from the
    /// bundle's network, and from the guest.
    func describe() async throws -> BottleDescription {
        async let policy = policyReading()
        async let sockets = reading(names.bundle, ["sockets"])
        async let guest = reading(names.guest, ["routes", "environment"])
        let (held, seen) = (try await policy, try await guest)
        return BottleDescription(
            bundleAddress: plan.addresses.bundle,
            ports: ["pipelock": Contract.pipelockPort, "egress": Contract.egressPort],
            guestUser: Contract.agentUser,
            guestHome: Contract.agentHome,
            promptPath: Contract.promptPath,
            effectiveAllow: DockerNetworkPolicy.effectiveAllow(held ?? seen),
            effectiveResolvers: seen.resolvers,
            bundleListeners: try await sockets.sockets,
            runningDaemons: log.running,
            environment: seen.variables)
    }

    /// The bundle's address in the bottle's network, as the engine has it.
    func bundleAddress() async throws -> String {
        struct Endpoint: Decodable {
            var address: String?
            private enum CodingKeys: String, CodingKey { case address = "IPAddress" }
        }
        let output = try await engine.call(
            "look where \(names.bundle) is", DockerCommands.addresses + [names.bundle])
        let endpoints = try? JSONDecoder().decode([String: Endpoint].self, from: Data(output.stdout))
        guard let address = endpoints?[names.network]?.address, !address.isEmpty else {
            throw BottleError(.transport, "The engine does not say where the bundle of \(plan.slug) is.")
        }
        return address
    }

    private func policyReading() async throws -> DockerNetworkPolicy.Reading? {
        guard policy.source == .anchor else { return nil }
        return try await reading(names.anchor, ["policy"], root: true)
    }

    private func reading(
        _ container: String, _ aspects: [String], root: Bool = false
    ) async throws -> DockerNetworkPolicy.Reading {
        let user = root ? ["--user", "0:0"] : []
        let output = try await engine.call(
            "look into \(container)", ["exec"] + user + [container, DockerCommands.launcher, "look"] + aspects)
        let reading = DockerNetworkPolicy.Reading(output.text)
        guard reading.isWhole else {
            throw BottleError(.transport, "The look into \(container) was not answered to its end; try again.")
        }
        return reading
    }
}
