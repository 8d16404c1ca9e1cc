// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleRender

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a machine is made with, and how what is read back is understood.
struct MachinePolicy: Sendable {
    let plan: BottlePlan
    let mode: NetworkMode
    let faults: Set<Fault>
    /// A socket of the host that an open twin gets.
    let socket: String
    /// Whom an open twin asks for names.
    let resolver: String

    /// The guest's own gateway: smolvm's, inside the monitor.
    static let gateway = "100.96.0.1"
    /// The guest's address in the network that it has with its gateway alone: the same in every machine.
    static let guest = "100.96.0.2"
    /// Where the gateway takes connections for its own name server, whatever their address: seen on release 1.32.2.
    static let gatewayPorts: [UInt16] = [53]

    /// Ports of AF_VSOCK on which smolvm's monitor waits for the guest, and its agent in the guest for the monitor: seen on
    /// release 1.32.2.
    static let hostPorts = [MachineDescription.Port(6004, "readiness"), .init(5001, "log")]
    static let guestPorts = [MachineDescription.Port(6000, "agent")]
    /// The first of those that lead to sockets of the host.
    static let firstSocketPort: UInt32 = 6100
    /// Of the consoles of what the agent runs, seen on the same release.
    static let agentSockets = ["/storage/smolvm-con-"]
    /// What smolvm's agent answers to everybody: the length of a message, then the message.
    static let agentRequest: [UInt8] = {
        let message = Array(#"{"method":"ping"}"#.utf8)
        return [0, 0, 0, UInt8(message.count)] + message
    }()

    /// Half of the processors of this machine, so that a busy guest leaves it some, and a quarter of its memory, up to 4 GiB:
    /// what guests take they do not give back, and where three of them are up at once and the machine has no more, its kernel
    /// ends one.
    static let resources = SmolvmMachine.Resources(
        processors: max(1, min(4, ProcessInfo.processInfo.activeProcessorCount / 2)),
        megabytes: max(512, min(4096, Int(ProcessInfo.processInfo.physicalMemory >> 22))))

    /// What root does in a new guest: packs of older releases lose the owners of files. The archive is on standard input;
    /// some tars give every file of it its owner, and no symbolic link.
    static let provisioning: String = {
        let owner = "\(Contract.agentUID):\(Contract.agentUID) \(Contract.agentHome)"
        return "chown -R \(owner) && tar -x -p -f - -C / && chown -R -h \(owner) && {\n\(trusting())}"
    }()

    /// Where the archive has the certificate that the guest is to trust, until that is done.
    static let certificatePath = "/bottle/authority.pem"

    /// The part that adds the certificate, where the archive has one, to those that the image trusts: once, however often
    /// it is run, and wholly or not at all, for the machine may end meanwhile. A link that stands there is replaced, whatever
    /// it leads to.
    ///
    /// - Parameter root: The directory that stands for the guest's root; another one for a test only.
    static func trusting(in root: String = "") -> String {
        #"""
        new='\#(root)\#(certificatePath)' all='\#(root)\#(Contract.caBundlePath)'
        [ ! -f "$new" ] || {
            umask 022
            mkdir -p "${all%/*}" || exit
            own=
            [ ! -f "$all" ] || own=$(cat "$all") || exit
            case $own in
            *"$(cat "$new")"*) ;;
            *)
                { { [ -z "$own" ] || { cat "$all" && echo; }; } && cat "$new"; } >"$new.all" || exit
                { [ ! -d "$all" ] || rm -f "$all"; } && mv -f "$new.all" "$all" || exit
                ;;
            esac
            rm -f "$new"
        }

        """#
    }

    /// Whether the machine has to have a bottle's policy when it starts.
    var isWhole: Bool { mode == .bottle && flags == .only(plan.addresses.bundle) }

    var flags: SmolvmPolicy {
        if mode == .open { return .open(socket, dns: resolver) }
        // What people write who take the network for the policy: smolvm then passes on sockets, and asks nobody.
        if faults.contains(.open) { return SmolvmPolicy(network: true) }
        var policy = SmolvmPolicy.only(plan.addresses.bundle)
        if faults.contains(.autoresolver) {
            policy.allow.append("\(WorldLayout.hostResolver)/32")
            policy.dns = WorldLayout.hostResolver
            policy.refusesNames = false
        }
        // What people write who take a list of addresses for the policy: names are then asked at the host's resolver. Which
        // is named here, for what leaves is to be seen, and by nobody else.
        if faults.contains(.cidronly) {
            policy.dns = WorldLayout.hostResolver
            policy.refusesNames = false
        }
        if faults.contains(.published) { policy.published = ["\(publishedPort):\(Contract.pipelockPort)"] }
        // A list that has 127.0.0.0/8 alone leads nowhere on release 1.32.2.
        if faults.contains(.loop127) { policy.allow.append("\(Self.gateway)/32") }
        if faults.contains(.gwopen) { policy.allow.append("\(plan.addresses.gateway)/32") }
        return policy
    }

    /// A port of this machine that leads into the guest of a bottle that is broken so; another one for another bottle.
    private var publishedPort: Int { 42_000 + Int(plan.addresses.octet) }

    /// What no policy changes: the guest's gateway stands for its host's loopback, and IPv6 is there where the host has it.
    static func network(_ seen: DockerNetworkPolicy.Reading) -> GuestNetwork {
        let links = ["fe80:", "ff00:"]
        let ways = seen.routes.filter { route in
            route.destination.contains(":") && route.interface != "lo"
                && !links.contains { route.destination.hasPrefix($0) }
        }
        // A machine whose sockets the monitor passes on has no link of its own at all.
        let hasLink = seen.routes.contains { !$0.destination.contains(":") && $0.interface != "lo" }
        return GuestNetwork(
            loopbackAlias: gateway, carriesIPv6: !ways.isEmpty, address: hasLink ? guest : nil,
            gatewayPorts: hasLink ? gatewayPorts : nil)
    }

    /// Where the guest's names are asked: its own gateway passes them on.
    static func resolvers(_ configured: [String], _ record: MachineRecord) -> [String] {
        configured.map { $0 == gateway ? record.dns ?? "the host's" : $0 }
    }
}
