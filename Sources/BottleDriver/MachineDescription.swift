// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A virtual machine as it runs: read back from its monitor's process and record, not from what was asked for.
public struct MachineDescription: Sendable, Hashable, Codable {
    /// A port of AF_VSOCK, and what it is there for.
    public struct Port: Sendable, Hashable, Codable {
        public var port: UInt32
        /// For example `readiness`.
        public var purpose: String
        public init(_ port: UInt32, _ purpose: String) {
            self.port = port
            self.purpose = purpose
        }
    }

    /// The process outside in which the machine runs, as `/proc/PID/status` and `/proc/PID/ns` show it.
    public struct Monitor: Sendable, Hashable, Codable {
        /// Real, effective, saved and file system uid.
        public var uids: [UInt32]
        /// Masks as the kernel writes them, 16 hexadecimal digits.
        public var effectiveCapabilities: String
        public var permittedCapabilities: String
        public var hasNoNewPrivileges: Bool
        /// 0 is off, 2 a filter.
        public var seccompMode: Int
        /// Inodes by name: `mnt`, `pid`, `net`, `user` and so on.
        public var namespaces: [String: String]

        public init(
            uids: [UInt32], effectiveCapabilities: String, permittedCapabilities: String, hasNoNewPrivileges: Bool,
            seccompMode: Int, namespaces: [String: String]
        ) {
            self.uids = uids
            self.effectiveCapabilities = effectiveCapabilities
            self.permittedCapabilities = permittedCapabilities
            self.hasNoNewPrivileges = hasNoNewPrivileges
            self.seccompMode = seccompMode
            self.namespaces = namespaces
        }
    }

    /// A way between guest and host beside the control port and the network.
    public enum Channel: String, Sendable, Hashable, Codable, CaseIterable {
        case sshAgent = "ssh-agent"
        case engineSocket = "engine-socket"
        case hostSocket = "host-socket"
        case exposedSocket = "exposed-socket"
        case publishedPort = "published-port"
        case hostDirectory = "host-directory"
        case hostDisk = "host-disk"
        case gpu
        case cuda
        case nestedVirtualisation = "nested-virtualisation"
    }

    /// Every port of the host that the monitor takes connections of the guest for.
    public var hostPorts: [Port]
    /// Every port on which the backend's own agent listens inside the guest.
    public var guestPorts: [Port]
    /// What the agent in the guest answers with at least one byte, and what changes nothing: whole, as it goes over the wire.
    public var agentRequest: [UInt8]
    /// The ports of the host that the open twin has beside `hostPorts`, so that a probe has something to find; empty in a
    /// bottle.
    public var openedPorts: [UInt32]
    /// How the paths of the sockets begin that the agent in the guest has in file systems for itself, in a directory of its
    /// own: nobody outside listens there.
    public var agentSockets: [String]
    /// Where sockets of the host stand in the guest of the open twin, so that a look has something to find; empty in a
    /// bottle.
    public var openedSockets: [String]
    public var monitor: Monitor
    /// What is in force.
    public var channels: Set<Channel>
    /// What the bottle's own declaration asks for.
    public var declaredChannels: Set<Channel>
    /// How often the machine was started until it stayed; nil where the driver does not count. More than once is what a
    /// reader of the evidence wants to know of.
    public var boots: Int?

    public init(
        hostPorts: [Port], guestPorts: [Port], agentRequest: [UInt8], openedPorts: [UInt32] = [],
        agentSockets: [String] = [], openedSockets: [String] = [], monitor: Monitor, channels: Set<Channel> = [],
        declaredChannels: Set<Channel> = [], boots: Int? = nil
    ) {
        self.boots = boots
        self.hostPorts = hostPorts
        self.guestPorts = guestPorts
        self.agentRequest = agentRequest
        self.openedPorts = openedPorts
        self.agentSockets = agentSockets
        self.openedSockets = openedSockets
        self.monitor = monitor
        self.channels = channels
        self.declaredChannels = declaredChannels
    }
}
