// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What the probe is told to do, once, inside the guest or the bundle.
public enum ProbeAction: Sendable, Hashable, Codable {
    /// A conversation over one socket; carries its nonce in the bytes it sends.
    case exchange(Exchange)
    /// The same, tried again within its budget while it is refused: for what is still coming up.
    case awaited(Exchange)
    /// Answers over TCP and UDP at an address with these bytes, until the step's own nonce has been said over both, or
    /// for so many milliseconds: `visits`, and `nonces` separated by commas.
    case listen(address: String, port: UInt16, banner: [UInt8], timeout: Int)
    /// sha256, size, owner and mode of a file.
    case file(path: String)
    /// The first bytes of a file, at most `limit`, as what was received.
    case readFile(path: String, limit: Int)
    /// Boot id, namespace inodes, uid, gid, capabilities, no_new_privs, seccomp mode.
    case identity
    /// Every environment variable of the probe's own process.
    case environment
    /// The guest's own socket tables.
    case sockets
    /// Listens on the address, connects to itself and exchanges the nonce: proof that the probe works at all.
    case selfTest(address: String)
    /// Creates a file with these bytes.
    case writeFile(path: String, bytes: [UInt8])
    /// Adds these bytes to the end of a file, which is made when it is missing.
    case appendFile(path: String, bytes: [UInt8])
    /// One digest of everything in a directory, and who owns any of it.
    case tree(path: String)
    /// The SHA-256 of every certificate in a file of PEM blocks, in order, as `certificates`, with spaces between; `keys`
    /// counts the private keys among the blocks, `others` what is neither, or is no base64.
    case certificates(path: String)
    /// The environment of every process that the probe can see.
    case environs
    /// What followed the first argument of the probe's own command line.
    case arguments
    /// Connects to every TCP port of an address, from first to last, within the budget in milliseconds. Where `settle`,
    /// milliseconds, is not 0, a port is open only when the connection is still there after that time or has brought
    /// something: some gateways accept before they know whether anybody is there.
    case sweep(address: String, first: UInt16, last: UInt16, timeout: Int, settle: Int = 0)
    /// Tries what needs a capability, so that nothing changes: `power.NAME` is `ok` or an errno.
    case powers
    /// Opens files of the kernel and closes them again: `read:PATH`, `write:PATH`, `mknod` and `block:NAME` for each block
    /// device are `ok`, `null` where the null device hides something, or an errno.
    case surfaces(read: [String], write: [String])
    /// Every socket in the file systems, and whether somebody listens there; one that the probe makes at `decoy` must be
    /// among them.
    case unixSockets(decoy: String)
    /// Opens sockets of AF_VSOCK in every way that a process has, then connects to ports of contexts: `way.NAME` is `ok`,
    /// `killed` or an errno; `open.CONTEXT` lists what accepted, other counts say how the rest ended.
    case vsock(VsockSweep)
    /// Looks for marks in every file, name, link, environment and command line that the probe can read.
    case scan(Scan)
}

/// One conversation over one socket.
public struct Exchange: Sendable, Hashable, Codable {
    public enum Transport: String, Sendable, Hashable, Codable {
        case tcp
        /// Connected datagram socket.
        case udp
        /// Unconnected datagram socket, sendto.
        case udpUnconnected = "udpu"
        /// Stream of the local machine; the address is `@` and an abstract name, the port means nothing.
        case unix
        /// Stream between a virtual machine and its host; the address is a context id, a colon and a port of 32 bits, and
        /// the port beside it means nothing.
        case vsock
    }
    /// When to stop reading after a send.
    public enum Until: Sendable, Hashable, Codable {
        case close
        /// The blank line that ends an HTTP head.
        case headers
        case bytes(Int)
        /// One datagram.
        case datagram
    }
    public struct Turn: Sendable, Hashable, Codable {
        public var send: [UInt8]
        public var until: Until
        public init(send: [UInt8], until: Until) {
            self.send = send
            self.until = until
        }
    }
    /// From which turn on a conversation is TLS, and with whom.
    public struct Secured: Sendable, Hashable, Codable {
        /// Whom the client believes.
        public enum Trust: Sendable, Hashable, Codable {
            /// Everybody, where who answers is no matter or is told by what was shown.
            case anybody
            /// The authorities in a file of the guest, as every program there does.
            case file(String)
        }
        /// How many turns come before, in plain; behind them the peer must have agreed as HTTP does (2xx), or the probe takes
        /// its refusal for the last turn.
        public var turns: Int
        /// The name in the ClientHello, which a certificate must be for where somebody is believed; nil has none.
        public var serverName: String?
        public var trust: Trust
        /// What ALPN offers.
        public var protocols: [String]

        public init(
            after turns: Int = 0, serverName: String?, trust: Trust, protocols: [String] = ["http/1.1"]
        ) {
            self.turns = turns
            self.serverName = serverName
            self.trust = trust
            self.protocols = protocols
        }
    }
    /// What stands in an address for the guest's own context, which only the guest can tell.
    public static let ownContext = "own"
    public var transport: Transport
    /// An IP literal, IPv6 without brackets, `%scope` allowed; an abstract name behind `@`; or a context, or `own`, and its
    /// port.
    public var address: String
    public var port: UInt16
    public var turns: [Turn]
    /// Nil for a conversation in plain.
    public var secured: Secured?
    /// Milliseconds for the whole conversation.
    public var timeout: Int

    public init(
        _ transport: Transport, _ address: String, _ port: UInt16, turns: [Turn], secured: Secured? = nil,
        timeout: Int = 2000
    ) {
        self.secured = secured
        self.transport = transport
        self.address = address
        self.port = port
        self.turns = turns
        self.timeout = timeout
    }
}

/// Which ports of which context ids of AF_VSOCK, the sockets between a virtual machine and its host, are tried.
public struct VsockSweep: Sendable, Hashable, Codable {
    /// None asks for sockets alone, and connects to nobody.
    public var contexts: [UInt32]
    /// Whether the guest's own context and the two beside it are tried as well.
    public var includesOwn: Bool
    public var ports: [ClosedRange<UInt32>]
    /// Milliseconds for all connections.
    public var timeout: Int

    public init(
        contexts: [UInt32] = [], includesOwn: Bool = false, ports: [ClosedRange<UInt32>] = [], timeout: Int = 2000
    ) {
        self.contexts = contexts
        self.includesOwn = includesOwn
        self.ports = ports
        self.timeout = timeout
    }
}

/// What the probe reported about one action. A missing observation means the line never arrived whole.
public struct Observation: Sendable, Hashable, Codable {
    /// How far an exchange got.
    public enum Stage: String, Sendable, Hashable, Codable { case socket, connect, send, receive, done }
    public var stage: Stage
    /// The errno that stopped it, by name (`ECONNREFUSED`); nil when nothing failed; `ETIMEDOUT` also for the probe's own budget.
    public var errno: String?
    public var elapsedMilliseconds: Double
    /// What was read in each turn.
    public var received: [[UInt8]]
    /// The watchdog had to kill it.
    public var killed: Bool
    /// Answers of the actions that are not exchanges, for example `sha256`, `uid`, `ns.mnt`, `env.HTTP_PROXY`.
    public var facts: [String: String]

    public init(
        stage: Stage, errno: String? = nil, elapsedMilliseconds: Double = 0, received: [[UInt8]] = [],
        killed: Bool = false, facts: [String: String] = [:]
    ) {
        self.stage = stage
        self.errno = errno
        self.elapsedMilliseconds = elapsedMilliseconds
        self.received = received
        self.killed = killed
        self.facts = facts
    }
}

/// 128 random bits as 32 lower-case hex digits; made after launch, never told to a driver.
public struct Nonce: Sendable, Hashable, Codable, CustomStringConvertible {
    public let text: String
    public init(text: String) { self.text = text }

    public static func fresh() -> Nonce {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        let bytes = (0..<32).map { _ in digits[Int.random(in: 0..<16, using: &generator)] }
        return Nonce(text: String(decoding: bytes, as: UTF8.self))
    }

    public var description: String { text }
}
