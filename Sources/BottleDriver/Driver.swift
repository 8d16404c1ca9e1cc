// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

public import BottleCore

/// What plugs a backend in: the operations of `bottle-driver/1` as the engine sees them.
///
/// A driver reports facts, never verdicts, and is told no check id, nonce or expected answer before a probe runs.
public protocol Driver: Sendable {
    func hello() async throws -> Hello
    /// Preflight: what this machine lacks, without changing anything.
    func status() async throws -> Status
    /// What a launch of this request would do, with no side effect.
    func plan(_ request: LaunchRequest) async throws -> PlanReport
    /// Brings a bottle up; returns only when `exec` works, or leaves nothing behind.
    func launch(_ request: LaunchRequest) async throws -> BottleID
    func exec(_ request: ExecRequest, in bottle: BottleID) async throws -> ExecResult
    /// Copies bytes into the guest, with the mode and owner given.
    func copyIn(_ request: CopyRequest, in bottle: BottleID) async throws
    func copyOut(path: String, from target: ExecTarget, in bottle: BottleID) async throws -> [UInt8]
    func describe(_ bottle: BottleID) async throws -> BottleDescription
    /// Where the bundle is, as the running bottle has it: of a description the part that costs least.
    func bundleAddress(of bottle: BottleID) async throws -> String
    /// What the sidecars logged so far.
    func logs(_ bottle: BottleID) async throws -> [LogRecord]
    func stop(_ bottle: BottleID) async throws
    func start(_ bottle: BottleID) async throws
    /// Idempotent; when it returns nothing of the bottle is left, its guest's network stack included.
    func destroy(_ bottle: BottleID) async throws
    /// Removes what a dead run of this harness left.
    func sweep() async throws -> [String]
}

/// Names one launched bottle: its slug.
public struct BottleID: Sendable, Hashable, Codable, CustomStringConvertible {
    public let slug: String
    public init(_ slug: String) { self.slug = slug }
    public var description: String { slug }
}

/// The kind of boundary a backend draws.
public enum BackendKind: String, Sendable, Hashable, Codable, CaseIterable { case container, microvm, namespaces }

/// Who a driver is and what it can do.
public struct Hello: Sendable, Hashable, Codable {
    public var name: String
    public var version: String
    public var kind: BackendKind
    /// For example `bundle-exec`, `network-open`, `logs`, `stop-start`, `tty`, `guest-root`, and `seed-bytes` for a
    /// driver that claims the contract's artefacts byte for byte.
    public var capabilities: Set<String>
    /// What this machine or user cannot have, by capability, with the reason.
    public var declined: [String: String]
    /// The kinds of artefacts that a plan of this driver has, for example `pipelock`.
    public var artefacts: Set<String>
    /// The programs without which the driver launches nothing, as its messages name them.
    public var tools: [String]
    /// How many bottles may be launched at once.
    public var maxParallel: Int

    public init(
        name: String, version: String, kind: BackendKind, capabilities: Set<String>, declined: [String: String] = [:],
        artefacts: Set<String> = [], tools: [String] = [], maxParallel: Int
    ) {
        self.name = name
        self.version = version
        self.kind = kind
        self.capabilities = capabilities
        self.declined = declined
        self.artefacts = artefacts
        self.tools = tools
        self.maxParallel = maxParallel
    }
}

/// The answer of a preflight: usable, or what is missing and how to get it.
public struct Status: Sendable, Hashable, Codable {
    public struct Unmet: Sendable, Hashable, Codable {
        /// A stable name, for example `user-namespaces`.
        public var id: String
        /// One sentence: what is missing.
        public var message: String
        /// One sentence: what to do.
        public var remedy: String
        public init(id: String, message: String, remedy: String) {
            self.id = id
            self.message = message
            self.remedy = remedy
        }
    }
    public var unmet: [Unmet]
    public var usable: Bool { unmet.isEmpty }
    /// Facts for the subject line: kernel, engine and version.
    public var facts: [String: String]
    public init(unmet: [Unmet], facts: [String: String] = [:]) {
        self.unmet = unmet
        self.facts = facts
    }
}

/// Whether the network policy of the bottle is in force, or deliberately off (the open twin).
///
/// `open` switches every network policy off: the guest shares its host's network, the proxy lets everything through,
/// internal addresses included, and egress listens on every address of the bundle.
public enum NetworkMode: String, Sendable, Hashable, Codable { case bottle, open }

public struct LaunchRequest: Sendable {
    public var manifest: Manifest
    public var agentName: String
    /// Made by the engine for its own bottles; a user-given one that collides fails closed.
    public var slug: String
    public var network: NetworkMode
    /// The resolver the bundle uses, as an IP literal; nothing outside the harness's own world.
    public var resolver: String
    /// Token values by variable name; they go to egress's environment and nowhere else.
    public var tokens: [String: Redacted<String>]
    /// What the manifest's own paths (skills, identities) are relative to; an absolute path. Nil for a manifest that
    /// has no paths.
    public var manifestDirectory: String?
    /// The directory that the user works in, for an agent with `copy_cwd`; an absolute path.
    public var workspace: String?
    /// Certificates in PEM that the bundle trusts upstream besides the system's, for origins of a suite's own. Nil trusts
    /// nobody else.
    public var upstreamAuthority: String?

    public init(
        manifest: Manifest, agentName: String, slug: String, network: NetworkMode, resolver: String,
        tokens: [String: Redacted<String>], manifestDirectory: String? = nil, workspace: String? = nil,
        upstreamAuthority: String? = nil
    ) {
        self.manifest = manifest
        self.agentName = agentName
        self.slug = slug
        self.network = network
        self.resolver = resolver
        self.tokens = tokens
        self.manifestDirectory = manifestDirectory
        self.workspace = workspace
        self.upstreamAuthority = upstreamAuthority
    }
}

public enum ExecTarget: String, Sendable, Hashable, Codable { case guest, bundle }

public struct ExecRequest: Sendable, Hashable, Codable {
    public var argv: [String]
    public var target: ExecTarget
    /// Added to the bottle's guest environment by the driver; wins over it.
    public var environment: [String: String]
    /// nil is the agent user.
    public var user: String?
    public var workingDirectory: String?
    public var tty: Bool
    public var stdin: [UInt8]
    /// Milliseconds; when it passes the driver kills the process tree and reports `.timedOut`.
    public var deadlineMilliseconds: Int

    public init(
        _ argv: [String], target: ExecTarget = .guest, environment: [String: String] = [:], user: String? = nil,
        workingDirectory: String? = nil, tty: Bool = false, stdin: [UInt8] = [], deadlineMilliseconds: Int = 10_000
    ) {
        self.argv = argv
        self.target = target
        self.environment = environment
        self.user = user
        self.workingDirectory = workingDirectory
        self.tty = tty
        self.stdin = stdin
        self.deadlineMilliseconds = deadlineMilliseconds
    }
}

public struct ExecResult: Sendable, Hashable, Codable {
    public enum Ending: Sendable, Hashable, Codable { case exited(Int32), signalled(Int32), timedOut }
    public var ending: Ending
    public var stdout: [UInt8]
    public var stderr: [UInt8]
    /// Whether a stream was cut at the driver's limit.
    public var truncated: Bool
    public init(ending: Ending, stdout: [UInt8], stderr: [UInt8], truncated: Bool = false) {
        self.ending = ending
        self.stdout = stdout
        self.stderr = stderr
        self.truncated = truncated
    }
}

public struct CopyRequest: Sendable, Hashable, Codable {
    public var path: String
    public var bytes: [UInt8]
    public var mode: UInt32
    public var owner: String
    public init(path: String, bytes: [UInt8], mode: UInt32 = 0o600, owner: String = Contract.agentUser) {
        self.path = path
        self.bytes = bytes
        self.mode = mode
        self.owner = owner
    }
}

/// The effective state of a running bottle, read back from what runs and not from what was asked for.
public struct BottleDescription: Sendable, Hashable, Codable {
    public var bundleAddress: String
    /// Declared ports by daemon name.
    public var ports: [String: UInt16]
    public var guestUser: String
    public var guestHome: String
    public var promptPath: String
    /// Destinations the guest's network lets it reach, as CIDRs, read back from the running backend.
    public var effectiveAllow: [String]
    /// Resolvers the guest is configured with, read back.
    public var effectiveResolvers: [String]
    /// Sockets that listen inside the bundle, read back, as `tcp 127.0.0.1:9099`.
    public var bundleListeners: [String]
    /// Daemons that are alive in the bundle.
    public var runningDaemons: [String]
    public var environment: [String: String]
    /// The virtual machine that the guest is; nil for a guest without one.
    public var machine: MachineDescription?
    /// What the guest's network is whatever its policy; nil is one that carries what its host's own does.
    public var network: GuestNetwork?

    public init(
        bundleAddress: String, ports: [String: UInt16], guestUser: String, guestHome: String, promptPath: String,
        effectiveAllow: [String], effectiveResolvers: [String], bundleListeners: [String], runningDaemons: [String],
        environment: [String: String], machine: MachineDescription? = nil, network: GuestNetwork? = nil
    ) {
        self.machine = machine
        self.network = network
        self.bundleAddress = bundleAddress
        self.ports = ports
        self.guestUser = guestUser
        self.guestHome = guestHome
        self.promptPath = promptPath
        self.effectiveAllow = effectiveAllow
        self.effectiveResolvers = effectiveResolvers
        self.bundleListeners = bundleListeners
        self.runningDaemons = runningDaemons
        self.environment = environment
    }
}

/// What even a guest whose policy is off cannot do, because its network is made that way.
public struct GuestNetwork: Sendable, Hashable, Codable {
    /// The address by which such a guest comes to its host's loopback over TCP, which no spelling of its own loopback
    /// leads to; nil where those do.
    public var loopbackAlias: String?
    /// Whether the guest has a way over IPv6 beyond its own link, read back.
    public var carriesIPv6: Bool
    /// The guest's own address, where it has none in the bottle's network: that of a network which every guest has to
    /// itself. Nil where the guest has no address beyond its loopback.
    public var address: String?
    /// The TCP ports on which the guest's own gateway answers itself whatever address the guest connects to, so that a
    /// connection to one of them says nothing of who has that address.
    public var gatewayPorts: [UInt16]?

    public init(
        loopbackAlias: String?, carriesIPv6: Bool, address: String? = nil, gatewayPorts: [UInt16]? = nil
    ) {
        self.loopbackAlias = loopbackAlias
        self.carriesIPv6 = carriesIPv6
        self.address = address
        self.gatewayPorts = gatewayPorts
    }
}

/// One line of a sidecar's log.
public struct LogRecord: Sendable, Hashable, Codable {
    public var daemon: String
    /// RFC 3339, UTC.
    public var time: String
    /// For example `health`, `forward`, `tunnel`, `blocked`, `request`.
    public var event: String
    /// The peer as `ip:port`.
    public var client: String
    /// What was asked for, as received: URL, authority or path.
    public var target: String
    /// The first run of 32 lower-case hex digits in the target or body prefix, if any.
    public var nonce: String?
    public var detail: String?

    public init(
        daemon: String, time: String, event: String, client: String, target: String, nonce: String? = nil,
        detail: String? = nil
    ) {
        self.daemon = daemon
        self.time = time
        self.event = event
        self.client = client
        self.target = target
        self.nonce = nonce
        self.detail = detail
    }
}

extension Driver {
    package func bundleAddress(of bottle: BottleID) async throws -> String {
        try await describe(bottle).bundleAddress
    }
}
