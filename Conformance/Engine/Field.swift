// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A place where the harness listens, named by what it means to a bottle and not by an address.
public struct Place: Sendable, Hashable, Codable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }

    /// 127.0.0.1 of the bottle's host.
    public static let hostLoopback = Place("host-loopback")
    /// Another address of 127/8 of the bottle's host.
    public static let hostLoopbackOther = Place("host-loopback-other")
    /// ::1 of the bottle's host.
    public static let hostLoopbackV6 = Place("host-loopback-v6")
    /// 127.0.0.1 of the machine the harness runs on, where that is not the bottle's host itself.
    public static let machineLoopback = Place("machine-loopback")
    /// ::1 of the machine the harness runs on.
    public static let machineLoopbackV6 = Place("machine-loopback-v6")
    /// An abstract name of a local socket of the bottle's host.
    public static let hostAbstract = Place("host-abstract")
    /// The same on the machine the harness runs on.
    public static let machineAbstract = Place("machine-abstract")
    /// Every context of AF_VSOCK that the kernel of the machine has, the harness's own and the bottle's host's alike.
    public static let hostVsock = Place("host-vsock")
    /// The host's address on the bottle's own link.
    public static let gateway = Place("gateway")
    /// Another interface address of the host.
    public static let hostInterface = Place("host-interface")
    /// An IPv6 address of the host.
    public static let hostInterfaceV6 = Place("host-interface-v6")
    /// The host's DNS resolver, TCP and UDP 53 (and a plain canary on TCP 80).
    public static let hostResolver = Place("host-resolver")
    /// An address under which vendors of containers or machines let guests reach the host, or the API of their gateway.
    public static let hostAlias = Place("host-alias")
    /// The ports of Docker's API, 2375 and 2376, at the host's address on the bottle's own link.
    public static let runtimeAPI = Place("runtime-api")
    /// A routed documentation address behind the host: "the internet".
    public static let offHost = Place("off-host")
    public static let offHostV6 = Place("off-host-v6")
    /// The authoritative name server of the harness's zone, off-host.
    public static let nameServer = Place("name-server")
}

/// One listener of the harness.
public struct Canary: Sendable, Hashable, Codable {
    public enum Service: String, Sendable, Hashable, Codable {
        /// TCP: reads what comes, answers the run's secret banner, closes.
        case banner
        /// UDP: answers every datagram with the banner.
        case echo
        /// Authoritative DNS over UDP.
        case dnsUDP = "dns-udp"
        /// Authoritative DNS over TCP.
        case dnsTCP = "dns-tcp"
        /// HTTP/1.1 origin: answers with the banner, and with what it saw of Authorization; speaks `banner` to anything else.
        /// To a client that begins with TLS it speaks TLS, and in there the same.
        case http
    }
    /// Unique in the run, for example `bottle/gateway/tcp/40123`.
    public var id: String
    public var place: Place
    public var service: Service
    public var address: String
    public var port: UInt16

    public init(id: String, place: Place, service: Service, address: String, port: UInt16) {
        self.id = id
        self.place = place
        self.service = service
        self.address = address
        self.port = port
    }
}

/// What one canary saw.
public struct WitnessRecord: Sendable, Hashable, Codable {
    public var canary: String
    /// Milliseconds since the run began.
    public var time: Double
    /// The peer as `ip:port`.
    public var peer: String
    /// Every run of 32 lower-case hex digits in what arrived (for DNS: in the name asked for).
    public var nonces: [String]
    /// The first 4096 bytes of what arrived; of a conversation in TLS, what they meant.
    public var bytes: [UInt8]
    /// Whom a client of TLS asked for in its first message, empty where it named nobody; nil for a conversation in plain.
    public var serverName: String?

    public init(
        canary: String, time: Double, peer: String, nonces: [String], bytes: [UInt8], serverName: String? = nil
    ) {
        self.serverName = serverName
        self.canary = canary
        self.time = time
        self.peer = peer
        self.nonces = nonces
        self.bytes = bytes
    }
}

/// Proof from the harness's own vantage that a canary answers.
public struct ControlRecord: Sendable, Hashable, Codable {
    public enum Moment: String, Sendable, Hashable, Codable { case before, after }
    public var canary: String
    public var moment: Moment
    public var nonce: Nonce
    /// The banner came back.
    public var answered: Bool
    /// The interface the route to it leaves through was made by the harness.
    public var routeIsOurs: Bool
    public var detail: String

    public init(canary: String, moment: Moment, nonce: Nonce, answered: Bool, routeIsOurs: Bool, detail: String = "") {
        self.canary = canary
        self.moment = moment
        self.nonce = nonce
        self.answered = answered
        self.routeIsOurs = routeIsOurs
        self.detail = detail
    }
}

/// One of the hosts behind which the harness can be recognised (DRIVER-01 compares the guest with each).
public struct HostIdentity: Sendable, Hashable, Codable {
    public var name: String
    public var bootID: String
    /// Namespace inodes by name: `mnt`, `pid`, `net`, `uts`, `ipc`, `user`, `cgroup`.
    public var namespaces: [String: String]
    /// The release of its kernel; nil where nobody said.
    public var kernel: String?
    public init(name: String, bootID: String, namespaces: [String: String], kernel: String? = nil) {
        self.kernel = kernel
        self.name = name
        self.bootID = bootID
        self.namespaces = namespaces
    }

    /// Whether both run on one kernel.
    public func sharesKernel(with other: HostIdentity) -> Bool { !bootID.isEmpty && bootID == other.bootID }

    /// Whether both are in the same network of the same machine, so that they have one loopback.
    public func sharesNetwork(with other: HostIdentity) -> Bool {
        guard let own = namespaces["net"] else { return false }
        return sharesKernel(with: other) && own == other.namespaces["net"]
    }
}

/// The canaries of one session of a run, and the names in the harness's zone that lead to them.
public struct SessionField: Sendable, Hashable, Codable {
    /// How a name leads inside that also leads outside.
    public enum Shift: String, Sendable, Hashable, Codable, CaseIterable, CodingKeyRepresentable {
        /// Outside, inside, outside, ...: another address each time somebody asks.
        case flip
        /// Both in one answer, the outside first.
        case mixed
        /// Both in one answer, the inside first.
        case reversed
        /// Outside by IPv4, and inside by IPv6, as an IPv4 address that is written so.
        case mapped
    }

    public var canaries: [Canary]
    /// Why a place could not be hosted here, by place name.
    public var unhosted: [String: String]
    /// The random port that the canaries of host and off-host places share in this session.
    public var port: UInt16
    /// What canaries answer; secret until the run ends.
    public var banner: String
    /// In the allowlist; resolves to `off-host`.
    public var allowedHost: String
    /// Resolves to `off-host`; not in the allowlist.
    public var deniedHost: String
    /// In the allowlist with an http route; resolves to `off-host`.
    public var routedHost: String
    /// In the allowlist; resolves to 127.0.0.1.
    public var loopbackHost: String
    /// In the allowlist; resolves to the bundle's own address.
    public var bundleHost: String
    /// In the allowlist without a route; ends as the routed host does, and resolves to `off-host`.
    public var lookalikeHost: String
    /// Not in the allowlist, and each takes one that is for itself with something before or behind it; resolve to
    /// `off-host`.
    public var lookalikesOfAllowed: [String]
    /// In the allowlist; each resolves to an address that is nobody's business: of the host on the bottle's own link, or one
    /// of the `host-alias` addresses, by the address.
    public var internalHosts: [String: String]
    /// All names below it are in the allowlist, and none of them exists.
    public var wildHost: String
    /// In the allowlist; each resolves to `off-host` and to the host's address on the bottle's own link.
    public var shiftingHosts: [Shift: String]
    /// In the allowlist; resolve to `off-host`, where their certificates are wrong: by what is wrong with them.
    public var badHosts: [String: String]
    /// The vendors' names for the host, and the `host-alias` address that each resolves to.
    public var aliases: [String: String]
    /// Why a vendor's address for the host is not hosted here, by address: it may be somebody's.
    public var unsafe: [String: String]
    /// The zone that the hosts above live in.
    public var zone: String

    public init(
        canaries: [Canary], unhosted: [String: String], port: UInt16, banner: String, allowedHost: String,
        deniedHost: String,
        routedHost: String, loopbackHost: String, bundleHost: String, lookalikeHost: String = "",
        lookalikesOfAllowed: [String] = [], internalHosts: [String: String] = [:], wildHost: String = "",
        shiftingHosts: [Shift: String] = [:], badHosts: [String: String] = [:], aliases: [String: String] = [:],
        unsafe: [String: String] = [:], zone: String
    ) {
        self.canaries = canaries
        self.unhosted = unhosted
        self.port = port
        self.banner = banner
        self.allowedHost = allowedHost
        self.deniedHost = deniedHost
        self.routedHost = routedHost
        self.loopbackHost = loopbackHost
        self.bundleHost = bundleHost
        self.lookalikeHost = lookalikeHost
        self.lookalikesOfAllowed = lookalikesOfAllowed
        self.internalHosts = internalHosts
        self.wildHost = wildHost
        self.shiftingHosts = shiftingHosts
        self.badHosts = badHosts
        self.aliases = aliases
        self.unsafe = unsafe
        self.zone = zone
    }

    public func canaries(at place: Place, _ service: Canary.Service? = nil) -> [Canary] {
        canaries.filter { $0.place == place && (service == nil || $0.service == service) }
    }
}

/// The harness's listeners around the bottles of one run. Everything it opens is closed by `close`.
public protocol CanaryField: Sendable {
    /// Opens the canaries of a session whose bottle will have this slug. Called before launch.
    func open(session: Session, slug: String) async throws -> SessionField
    /// The resolver a bundle is to use, as an IP literal.
    var resolver: String { get }
    var hosts: [HostIdentity] { get }
    /// The authority, in PEM, that signs for the canaries which speak TLS; nil where none does.
    var authority: String? { get }
    /// Connects to every canary of the session from the harness's own vantage, and looks the route up.
    func control(_ field: SessionField, moment: ControlRecord.Moment) async -> [ControlRecord]
    /// Sends a fence through every canary and returns when all have been seen: whatever a dead guest sent has arrived by then.
    ///
    /// - Returns: ids of canaries whose fence did not arrive.
    func fence(_ field: SessionField) async -> [String]
    func witness() async -> [WitnessRecord]
    func close() async
}

extension CanaryField {
    public var authority: String? { nil }
}
