// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Makes network namespaces, wires and sandboxes inside one private world; implemented by `Launcher`.
///
/// Networks are named. Two exist from the start: `host`, the world's own network, and nothing else. Everything made
/// here dies with the launcher process, however that dies.
package protocol NamespaceHost: Sendable {
    var identity: WorldIdentity { get }
    /// The process that holds the world, as this machine numbers it; nil when it has ended or is not of this machine.
    var processID: Int32? { get }

    /// What is held at this moment, whoever asked for it.
    func holdings() async throws -> NamespaceHoldings
    func makeNetwork(_ name: String) async throws
    /// Closes the launcher's hold on a network; it vanishes with its last process and socket.
    func dropNetwork(_ name: String) async throws
    /// A veth pair, both ends up, without IPv6 link-local addresses.
    func makeWire(_ left: NetworkPort, _ right: NetworkPort) async throws
    /// Adds `cidr` (IPv4 or IPv6, without duplicate address detection).
    func addAddress(_ cidr: String, to port: NetworkPort) async throws
    /// Adds a unicast route to `cidr` through an interface, or via a gateway, or both.
    func addRoute(_ cidr: String, in network: String, interface: String?, via: String?) async throws
    /// Replaces the local route 127.0.0.0/8 by one for 127.0.0.1/32 only, so that the rest of 127/8 can be routed elsewhere.
    func narrowLoopback(in network: String) async throws
    func setDevice(_ port: NetworkPort, forwarding: Bool?, routeLocalnet: Bool?) async throws
    /// Every unicast route of the main table, read back from the kernel: destination CIDR, interface, gateway.
    func routes(in network: String) async throws -> [NetworkRoute]
    /// The interface a packet to `address` would leave through; throws `.notFound` when there is no route.
    func interface(to address: String, in network: String) async throws -> String
    /// An unbound socket that belongs to the network for good; close-on-exec. The caller owns the descriptor.
    func socket(in network: String, family: SocketFamily, type: SocketType) async throws -> Int32

    func makeSandbox(_ spec: SandboxSpec) async throws -> SandboxIdentity
    /// Starts a process in a sandbox, or in the world itself when `sandbox` is nil (as the world's root, with the host's files).
    func spawn(_ request: SpawnRequest, in sandbox: String?) async throws -> any SpawnedProcess
    /// Kills every process of the sandbox and returns when the last is reaped; idempotent.
    func destroySandbox(_ name: String) async throws
    func stop() async
}

/// The names of what a world holds.
package struct NamespaceHoldings: Sendable, Hashable {
    /// Every network, `host` included.
    package var networks: [String]
    /// Every sandbox, whether anything still runs in it or not.
    package var sandboxes: [String]
    package init(networks: [String], sandboxes: [String]) {
        self.networks = networks
        self.sandboxes = sandboxes
    }
}

package struct NetworkPort: Sendable, Hashable {
    package var network: String
    package var interface: String
    package init(_ network: String, _ interface: String) {
        self.network = network
        self.interface = interface
    }
}

package struct NetworkRoute: Sendable, Hashable {
    /// `0.0.0.0/0` for a default route.
    package var destination: String
    package var interface: String
    package var gateway: String?
    package init(destination: String, interface: String, gateway: String?) {
        self.destination = destination
        self.interface = interface
        self.gateway = gateway
    }
}

/// `unix` is for abstract names, which belong to a network like addresses do.
package enum SocketFamily: String, Sendable { case ipv4, ipv6, unix }
package enum SocketType: String, Sendable { case stream, datagram }

/// Who the world is, as the kernel sees it.
package struct WorldIdentity: Sendable, Hashable {
    package enum Mapping: String, Sendable {
        /// 65536 ids of their own, none of them a real one of this machine.
        case range
        /// One id only: that of the caller.
        case single
    }
    package var bootID: String
    package var kernel: String
    package var mapping: Mapping
    /// Namespace inodes by name: mnt, pid, net, uts, ipc, user, cgroup.
    package var namespaces: [String: String]
    package init(bootID: String, kernel: String, mapping: Mapping, namespaces: [String: String]) {
        self.bootID = bootID
        self.kernel = kernel
        self.mapping = mapping
        self.namespaces = namespaces
    }
}

/// A container built from namespaces: its network, its root and its users.
package struct SandboxSpec: Sendable {
    /// One entry of the sandbox's root, applied in order onto an empty tmpfs; parent directories are made (0755, root).
    package enum Entry: Sendable {
        case directory(path: String, mode: UInt32, uid: UInt32)
        case file(path: String, mode: UInt32, uid: UInt32, bytes: [UInt8])
        case symlink(path: String, target: String)
        /// A read-only, nosuid, nodev, recursive bind of a host path.
        case readOnlyBind(source: String, path: String)
        /// A copy of a host's executable that may be run and not read: so the kernel keeps a process that runs it closed to
        /// every other process of its user, from its first instruction on, and the host's path is not seen.
        case program(source: String, path: String, uid: UInt32)
        /// A bind of one of the host's harmless device nodes.
        case device(path: String)
        /// A writable tmpfs of its own, nosuid and nodev.
        case tmpfs(path: String, mode: UInt32, uid: UInt32, bytes: UInt64)
        case proc(path: String)
        /// A new devpts instance, with `/dev/ptmx` leading to it.
        case devpts(path: String)
    }
    package var name: String
    /// The network the sandbox lives in; it stays owned by the world, so that no capability inside can change it.
    package var network: String
    package var hostname: String
    package var entries: [Entry]
    /// The uid and gid its processes run as when a spawn names none.
    package var uid: UInt32
    /// Whether its processes may open sockets to the machine's own host or to its virtual machines.
    package var allowsVsock: Bool

    package init(
        name: String, network: String, hostname: String, entries: [Entry], uid: UInt32, allowsVsock: Bool = false
    ) {
        self.name = name
        self.network = network
        self.hostname = hostname
        self.entries = entries
        self.uid = uid
        self.allowsVsock = allowsVsock
    }
}

package struct SandboxIdentity: Sendable, Hashable {
    /// Namespace inodes by name.
    package var namespaces: [String: String]
    package init(namespaces: [String: String]) { self.namespaces = namespaces }
}

package struct SpawnRequest: Sendable {
    package var argv: [String]
    /// The whole environment, `NAME=value`; nothing is inherited.
    package var environment: [String]
    package var workingDirectory: String
    /// nil is the sandbox's own.
    package var uid: UInt32?
    /// Child's standard streams; the caller keeps ownership. With a terminal they are ignored.
    package var stdin: Int32
    package var stdout: Int32
    package var stderr: Int32
    /// Give the process a new controlling terminal of the sandbox; its master comes back with the process.
    package var terminal: Bool
    /// The size its terminal has from the start.
    package var terminalSize = TerminalSize()

    package init(
        argv: [String], environment: [String], workingDirectory: String = "/", uid: UInt32? = nil,
        stdin: Int32, stdout: Int32, stderr: Int32, terminal: Bool = false
    ) {
        self.argv = argv
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.uid = uid
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.terminal = terminal
    }
}

package enum ProcessEnding: Sendable, Hashable { case exited(Int32), signalled(Int32) }

/// Rows and columns of a terminal; 24 and 80 where nobody says otherwise.
package struct TerminalSize: Sendable, Hashable, Codable {
    package var rows: UInt16
    package var columns: UInt16
    package init(rows: UInt16 = 24, columns: UInt16 = 80) {
        self.rows = rows
        self.columns = columns
    }
}

/// A process started in a sandbox.
package protocol SpawnedProcess: Sendable {
    /// The master side of its terminal, owned by the caller; nil without one.
    var terminal: Int32? { get }
    func wait() async throws -> ProcessEnding
    /// Kills the process and everything in its session.
    func kill() async
}
