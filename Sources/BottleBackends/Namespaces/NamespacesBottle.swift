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

/// One running bottle: its networks, its two sandboxes and its bundle's daemons.
final class NamespacesBottle: RunningGuest {
    /// How long a launch waits for the bundle's daemons.
    static let readyTime = Duration.seconds(30)
    /// How long a tear-down waits for the kernel to take a network away.
    static let goneTime = Duration.seconds(10)
    /// How long everything that is carried into a guest may take.
    static let unpackMilliseconds = 60_000
    /// The most that is kept of each output stream of an exec, in bytes.
    static let outputLimit = 8 << 20

    let plan: BottlePlan
    let network: BottleNetwork
    let log = BundleLog()
    private let host: any NamespaceHost
    private let root: SandboxRoot.Host
    private let faults: Set<Fault>
    private let spilt: SpiltTokens
    private let authorities: BottleAuthorities?
    private let trust: GuestTrust
    private let beforeStep: @Sendable (String) async throws -> Void

    /// - Parameters:
    ///   - authorities: Of this launch; nil in a build that has none.
    ///   - trust: What of them the guest is given.
    ///   - beforeStep: Called with the name of every step of the bring-up right before it, which fails with its error.
    init(
        plan: BottlePlan, network: BottleNetwork, root: SandboxRoot.Host, faults: Set<Fault>, spilt: SpiltTokens,
        authorities: BottleAuthorities?, trust: GuestTrust,
        beforeStep: @escaping @Sendable (String) async throws -> Void = { _ in }
    ) {
        self.authorities = authorities
        self.trust = trust
        self.spilt = spilt
        self.beforeStep = beforeStep
        self.plan = plan
        self.network = network
        self.root = root
        self.faults = faults
        host = network.host
    }

    private var guestSandbox: String { "guest-\(plan.slug)" }
    private var bundleSandbox: String { "bundle-\(plan.slug)" }
    /// With one id mapped there is no root in a sandbox, and its files are all the agent's.
    private var owner: UInt32 { host.identity.mapping == .range ? 0 : Contract.agentUID }

    /// Starts everything; the caller tears down when this throws.
    func bringUp(_ request: LaunchRequest, artefacts: [Artefact], provision: Provision) async throws {
        try await beforeStep("begin")
        let isOpen = request.network == .open
        // Before anything is made: it may be more than a bundle takes.
        let document = try BundleInit(
            plan: plan, open: isOpen, faults: faults, tokens: request.tokens, authorities: authorities,
            upstream: request.upstreamAuthority, pipelock: root.pipelock
        ).document()
        let entries = SandboxRoot.bundle(
            root, owner: owner, resolver: request.resolver, artefacts: artefacts,
            authorities: isOpen ? nil : authorities, upstream: isOpen ? nil : request.upstreamAuthority)
        try await network.build(beforeStep: beforeStep)
        async let guest: Void = startGuest(isOpen ? [request.resolver] : [], provision)
        async let bundle: Void = startBundle(entries, document)
        try await guest
        try await bundle
        try await beforeStep("finish")
    }

    private func startGuest(_ openResolvers: [String], _ provision: Provision) async throws {
        try await beforeStep("guest")
        let resolvers = faults.contains(.autoresolver) ? [WorldLayout.hostResolver] : openResolvers
        _ = try await host.makeSandbox(
            SandboxSpec(
                name: guestSandbox, network: network.guestNetwork, hostname: plan.slug,
                entries: SandboxRoot.guest(
                    root, hostname: plan.slug, owner: owner, resolvers: resolvers, trust: trust)
                    + SandboxRoot.foreign(provision, skills: plan.skills, faults: faults)
                    + spilt.file.map {
                        .file(path: SpiltTokens.path, mode: 0o600, uid: owner, bytes: $0)
                    },
                uid: Contract.agentUID,
                allowsVsock: !openResolvers.isEmpty || faults.contains(.seccompvsock)))
        try await beforeStep("provision")
        try await unpack(faults.contains(.rootowned) ? provision.withoutSkills(plan.skills) : provision)
    }

    /// Carries everything into the guest at once; the home is the agent's already, and so is what lands in it.
    private func unpack(_ provision: Provision) async throws {
        let request = ExecRequest(
            [Contract.probePath, "unpack"], workingDirectory: "/", stdin: try provision.archive(),
            deadlineMilliseconds: Self.unpackMilliseconds)
        let result = try await run(request)
        // Its own word for how much arrived: an exit code alone would also come from something else.
        guard result.ending == .exited(0),
            result.stdout.elementsEqual("unpacked \(provision.entries.count)\n".utf8)
        else {
            let said = Quoted(String(decoding: result.stderr, as: UTF8.self), limit: 300)
            throw BottleError(
                .launch, "Bottle \(plan.slug) could not be provisioned (\(result.ending)): the guest said \(said).")
        }
    }

    private func startBundle(_ entries: [SandboxSpec.Entry], _ document: [UInt8]) async throws {
        try await beforeStep("bundle")
        _ = try await host.makeSandbox(
            SandboxSpec(
                name: bundleSandbox, network: network.bundleNetwork, hostname: "bundle", entries: entries,
                uid: Contract.agentUID))
        let request = SandboxCommand(
            argv: [BundleInit.executable, "init"], environment: ["HOME=/", "PATH=/bottle"], stdin: document)
        try await beforeStep("daemons")
        try await request.follow(
            in: bundleSandbox, on: host,
            line: { [log] in log.take(line: $0) },
            end: { [log] in log.end($0) })
        try await beforeStep("readiness")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [log] in
                try await Task.sleep(for: Self.readyTime)
                log.end("its daemons did not answer within \(Self.readyTime)")
            }
            defer { group.cancelAll() }
            // The wait ends only through the log: an interrupted launch has to end it there.
            try await withTaskCancellationHandler {
                try await log.waitUntilReady()
            } onCancel: { [log] in
                log.end("the launch was interrupted")
            }
        }
    }

    /// Takes everything down in reverse order; goes on after a failure and reports all of them.
    ///
    /// - Parameter keepsNetwork: Leaves the bundle's network, as the `leaknet` fault does.
    func tearDown(keepsNetwork: Bool = false) async throws {
        var failures: [any Error] = []
        func attempt(_ step: () async throws -> Void) async {
            do {
                try await step()
            } catch {
                // A bottle that came up half way lacks some of what is taken down here.
                if let error = error as? BottleError, error.code == .notFound { return }
                failures.append(error)
            }
        }
        await attempt { try await host.destroySandbox(guestSandbox) }
        await attempt { try await network.dropGuest(deadline: .now + Self.goneTime) }
        log.end("the bottle was destroyed")
        await attempt { try await host.destroySandbox(bundleSandbox) }
        if !keepsNetwork {
            await attempt { try await network.dropBundle(deadline: .now + Self.goneTime) }
        }
        guard let first = failures.first else { return }
        throw BottleError(
            .internalFault,
            "Bottle \(plan.slug) was not taken down completely (\(failures.count) steps failed); the rest goes with this process.",
            cause: first)
    }
}

// MARK: - Exec and copy

extension NamespacesBottle {
    /// Runs a command as `ExecRequest` asks, past every fault of the driver.
    func run(_ request: ExecRequest) async throws -> ExecResult {
        let isGuest = request.target == .guest
        let root = try isRoot(request.user)
        let environment =
            isGuest
            ? ExecEnvironment.guest(
                bottle: environmentOfExecs, root: root, tty: request.tty,
                request: request.environment)
            : ExecEnvironment.bundle(request: request.environment)
        let command = SandboxCommand(
            argv: request.argv, environment: try ExecEnvironment.lines(environment),
            workingDirectory: request.workingDirectory ?? (isGuest ? Contract.agentHome : "/"),
            uid: root ? 0 : nil, stdin: request.stdin, terminal: request.tty)
        return try await command.run(
            in: isGuest ? guestSandbox : bundleSandbox, on: host, limit: Self.outputLimit,
            deadline: .milliseconds(request.deadlineMilliseconds))
    }

    /// The bottle's part in the environment of an exec.
    private var environmentOfExecs: [String: String] {
        if faults.contains(.pid1only) { return [:] }
        guard faults.contains(.inherit) else { return plan.guestEnvironment.merging(spilt.variables) { own, _ in own } }
        return ProcessInfo.processInfo.environment.merging(plan.guestEnvironment) { $1 }
    }

    /// Starts a program in the guest on streams of the caller's, with the environment that every exec has.
    func attach(
        _ argv: [String], terminal: TerminalSize?, stdin: Int32, stdout: Int32, stderr: Int32
    ) async throws -> any SpawnedProcess {
        let environment = ExecEnvironment.guest(
            bottle: plan.guestEnvironment, root: false, tty: terminal != nil, request: [:])
        var request = SpawnRequest(
            argv: argv, environment: try ExecEnvironment.lines(environment), workingDirectory: Contract.agentHome,
            stdin: stdin, stdout: stdout, stderr: stderr, terminal: terminal != nil)
        if let terminal { request.terminalSize = terminal }
        return try await host.spawn(request, in: guestSandbox)
    }

    /// Runs a command in the world itself: what the `hostexec` fault does with every exec.
    func runInWorld(_ request: ExecRequest) async throws -> ExecResult {
        var argv = request.argv
        if argv.first == Contract.probePath { argv[0] = root.probe }
        let environment = ExecEnvironment.guest(
            bottle: plan.guestEnvironment, root: false, tty: request.tty, request: request.environment)
        let command = SandboxCommand(
            argv: argv, environment: try ExecEnvironment.lines(environment), stdin: request.stdin, terminal: request.tty
        )
        return try await command.run(
            in: nil, on: host, limit: Self.outputLimit, deadline: .milliseconds(request.deadlineMilliseconds))
    }

    /// Runs a command of the host's with the values of tokens as its arguments: what the `tokenargv` fault is.
    func showTokens(_ tokens: [String: Redacted<String>]) async throws {
        let command = SandboxCommand(
            argv: ["/bin/sh", "-c", "sleep 0.05"] + tokens.values.map(\.exposed).sorted(), environment: [])
        _ = try await command.run(in: nil, on: host, limit: 1024, deadline: .seconds(5))
    }

    private func isRoot(_ user: String?) throws(BottleError) -> Bool {
        switch user {
        case nil, Contract.agentUser, "\(Contract.agentUID)": return false
        case "root", "0":
            guard host.identity.mapping == .range else {
                throw BottleError(
                    .unsupported,
                    "There is no root in bottle \(plan.slug): this user may map one id only (install newuidmap for more)."
                )
            }
            return true
        case .some(let name):
            throw BottleError(.unsupported, "Bottle \(plan.slug) has no user \(Quoted(name)), only node and root.")
        }
    }
}

// MARK: - Reading back

extension NamespacesBottle {
    /// The state of what runs, read from the kernel and from the guest.
    func describe() async throws -> BottleDescription {
        let routes = try await host.routes(in: network.guestNetwork)
        let resolvConf = String(decoding: try await copyOut("/etc/resolv.conf", from: .guest), as: UTF8.self)
        let environment = try await run(ExecRequest(["/usr/bin/env", "-0"], workingDirectory: "/"))
        return BottleDescription(
            bundleAddress: plan.addresses.bundle,
            ports: ["pipelock": Contract.pipelockPort, "egress": Contract.egressPort],
            guestUser: Contract.agentUser,
            guestHome: Contract.agentHome,
            promptPath: Contract.promptPath,
            effectiveAllow: routes.map(\.destination),
            effectiveResolvers: Self.resolvers(resolvConf),
            bundleListeners: try await bundleListeners(),
            runningDaemons: log.running,
            environment: Self.variables(environment.stdout))
    }

    static func resolvers(_ resolvConf: String) -> [String] {
        resolvConf.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            return words.count >= 2 && words[0] == "nameserver" ? String(words[1]) : nil
        }
    }

    static func variables(_ block: [UInt8]) -> [String: String] {
        var result: [String: String] = [:]
        for line in block.split(separator: 0) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            result[String(decoding: line[..<equals], as: UTF8.self)] = String(
                decoding: line[(equals + 1)...], as: UTF8.self)
        }
        return result
    }

    /// Looks at the bundle's network from a sandbox of its own: the bundle has no part in the answer.
    private func bundleListeners() async throws -> [String] {
        let name = "inspect-\(plan.slug)"
        _ = try await host.makeSandbox(
            SandboxSpec(
                name: name, network: network.bundleNetwork, hostname: name, entries: SandboxRoot.inspector(root),
                uid: Contract.agentUID))
        do {
            var listeners: [String] = []
            for table in ["tcp", "tcp6", "udp", "udp6"] {
                let command = SandboxCommand(argv: ["/bin/cat", "/proc/net/\(table)"], environment: [])
                let result = try await command.run(in: name, on: host, limit: 1 << 20, deadline: .seconds(10))
                // Without IPv6 the kernel has no such table.
                guard result.ending == .exited(0) || table.hasSuffix("6") else {
                    throw BottleError(.io, "The socket table \(table) of bundle \(plan.slug) could not be read.")
                }
                listeners += SocketTable.listeners(table, String(decoding: result.stdout, as: UTF8.self))
            }
            try await host.destroySandbox(name)
            return listeners
        } catch {
            try? await host.destroySandbox(name)
            throw error
        }
    }
}
