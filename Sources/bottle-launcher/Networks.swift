// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// One network namespace of the world.
struct Network {
    let name: [UInt8]
    /// Its namespace.
    let namespace: Int32
    let netlink: Netlink
    /// The ends of wires made here.
    var wires: [[UInt8]] = []
}

/// The networks of the world, by name; `host` is the world's own.
struct Networks {
    private var all: [Network] = []
    private static let host = Array("host".utf8)

    init() throws(Failure) {
        let namespace = try check(
            launcher_open("/proc/self/ns/net", launcher_read_only(), 0), "io", "open the world's network")
        let socket = try check(launcher_netlink_socket(), "netlink", "open a netlink socket")
        all = [Network(name: Self.host, namespace: namespace, netlink: Netlink(socket: socket))]
        try Self.prepare(all[0])
    }

    /// The network that this process is in, as it is: it belongs to somebody else, who decides on its settings.
    init(adopting: Void) throws(Failure) {
        let namespace = try check(
            launcher_open("/proc/self/ns/net", launcher_read_only(), 0), "io", "open this network")
        let socket = try check(launcher_netlink_socket(), "netlink", "open a netlink socket")
        all = [Network(name: Self.host, namespace: namespace, netlink: Netlink(socket: socket))]
        try Self.raise(all[0], "lo")
    }

    /// The network that this process is in, only to be looked at.
    init(looking: Void) throws(Failure) {
        let socket = try check(launcher_netlink_socket(), "netlink", "open a netlink socket")
        all = [Network(name: Self.host, namespace: -1, netlink: Netlink(socket: socket))]
    }

    /// Those of all that are held, in the order in which they were made.
    var names: [[UInt8]] { all.map { $0.name } }

    /// The network that was there first.
    var first: Network { all[0] }

    func find(_ name: [UInt8]) throws(Failure) -> Network {
        guard let network = all.first(where: { $0.name == name }) else {
            throw Failure("not-found", "there is no network " + text(name))
        }
        return network
    }

    mutating func change(_ operation: LauncherOperation, _ fields: inout LauncherFields) throws(Failure) {
        let name = try Self.bytes(&fields)
        switch operation {
        case .makeNetwork: try make(name)
        case .dropNetwork: try drop(name)
        case .makeWire: try makeWire(name, &fields)
        case .addAddress: try addAddress(find(name), &fields)
        case .addRoute: try addRoute(find(name), &fields)
        case .narrowLoopback: try narrowLoopback(find(name))
        default: try setDevice(find(name), &fields)
        }
    }

    func openSocket(_ fields: inout LauncherFields) throws(Failure) -> Int32 {
        let network = try find(Self.bytes(&fields))
        let (family, type) = try decoding { () throws(LauncherFrameFault) in (try fields.word(), try fields.word()) }
        let socket = try inside(network) { launcher_plain_socket(Int32(family), type == 2 ? 1 : 0) }
        return try check(socket, "io", "open a socket in network " + text(network.name))
    }

    static func bytes(_ fields: inout LauncherFields) throws(Failure) -> [UInt8] {
        try decoding { () throws(LauncherFrameFault) in try fields.bytes() }
    }

    /// Runs `body` with the process in that network.
    private func inside<Value>(_ network: Network, _ body: () -> Value) throws(Failure) -> Value {
        try check(
            launcher_setns(network.namespace, launcher_clone_network()), "io", "enter network " + text(network.name))
        let value = body()
        returnHome()
        return value
    }

    /// A PID 1 that is lost in the wrong network would put everything there: rather no world at all.
    private func returnHome() {
        guard launcher_setns(all[0].namespace, launcher_clone_network()) >= 0 else { launcher_exit(4) }
    }

    private mutating func make(_ name: [UInt8]) throws(Failure) {
        guard !all.contains(where: { $0.name == name }) else {
            throw Failure("exists", "there is a network " + text(name) + " already")
        }
        let result = launcher_unshare(launcher_clone_network())
        guard result >= 0 else { throw World.refusal(result, "make a network namespace", "userns-restricted") }
        let namespace = launcher_open("/proc/self/ns/net", launcher_read_only(), 0)
        let socket = launcher_netlink_socket()
        defer { returnHome() }
        do throws(Failure) {
            try check(namespace, "io", "open network " + text(name))
            try check(socket, "netlink", "open a netlink socket")
            let network = Network(name: name, namespace: namespace, netlink: Netlink(socket: socket))
            try Self.prepare(network)
            all.append(network)
        } catch {
            if namespace >= 0 { launcher_close(namespace) }
            if socket >= 0 { launcher_close(socket) }
            throw error
        }
    }

    /// A network forgets what it inherited from the machine: it forwards nothing, filters no source address, and every
    /// process may bind every port. The caller is in it.
    private static func prepare(_ network: Network) throws(Failure) {
        for device in ["all", "default"] {
            for (setting, value) in [
                ("forwarding", "0"), ("rp_filter", "0"), ("route_localnet", "0"), ("accept_redirects", "0"),
                ("arp_ignore", "0"),
            ] {
                let path = "/proc/sys/net/ipv4/conf/" + device + "/" + setting
                try check(Files.write(path, value), "sysctl", "write " + path)
            }
            // Absent on a machine without IPv6.
            _ = Files.write("/proc/sys/net/ipv6/conf/" + device + "/forwarding", "0")
            _ = Files.write("/proc/sys/net/ipv6/conf/" + device + "/accept_ra", "0")
        }
        _ = Files.write("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")
        try raise(network, "lo")
    }

    private static func raise(_ network: Network, _ interface: String) throws(Failure) {
        let index = try Self.index(of: Array(interface.utf8), network)
        var message = NetlinkMessage(16, flags: NetlinkMessage.acknowledge)
        message.link(index: index, flags: 1, change: 1)
        try check(network.netlink.change(message), "netlink", "bring up " + interface + " in " + text(network.name))
    }

    /// The wires go first and at once: the kernel would take its time and block their names meanwhile.
    private mutating func drop(_ name: [UInt8]) throws(Failure) {
        guard name != Self.host else { throw Failure("busy", "the world's own network cannot be dropped") }
        guard let position = all.firstIndex(where: { $0.name == name }) else { return }
        let network = all.remove(at: position)
        for wire in network.wires {
            let index = launcher_interface_index(network.netlink.socket, text(wire))
            guard index > 0 else { continue }
            var message = NetlinkMessage(17, flags: NetlinkMessage.acknowledge)
            message.link(index: index)
            _ = network.netlink.change(message)
        }
        launcher_close(network.namespace)
        launcher_close(network.netlink.socket)
    }

    private mutating func makeWire(_ name: [UInt8], _ fields: inout LauncherFields) throws(Failure) {
        let leftInterface = try Self.bytes(&fields)
        let rightName = try Self.bytes(&fields)
        let rightInterface = try Self.bytes(&fields)
        for interface in [leftInterface, rightInterface] { try Self.validate(interface) }
        let left = try find(name)
        let right = try find(rightName)
        var message = NetlinkMessage(16, flags: NetlinkMessage.acknowledge | NetlinkMessage.createExclusively)
        message.link(index: 0)
        message.attribute(3, leftInterface + [0])
        message.nested(18) { information in
            information.attribute(1, Array("veth".utf8))
            information.nested(2) { data in
                data.nested(1) { peer in
                    peer.link(index: 0)
                    peer.attribute(3, rightInterface + [0])
                    peer.attribute(28, UInt32(bitPattern: right.namespace))
                }
            }
        }
        try check(
            left.netlink.change(message), "netlink",
            "make a wire from " + text(leftInterface) + " in " + text(name) + " to " + text(rightInterface) + " in "
                + text(rightName))
        for index in all.indices {
            if all[index].name == name { all[index].wires.append(leftInterface) }
            if all[index].name == rightName { all[index].wires.append(rightInterface) }
        }
        for (network, interface) in [(left, leftInterface), (right, rightInterface)] {
            let index = try Self.index(of: interface, network)
            // No link-local address; refused where IPv6 is off, and then not needed.
            var quiet = NetlinkMessage(16, flags: NetlinkMessage.acknowledge)
            quiet.link(index: index)
            quiet.nested(26) { families in
                families.nested(10) { $0.attribute(8, [1]) }
            }
            _ = network.netlink.change(quiet)
            try Self.raise(network, text(interface))
        }
    }

    private func addAddress(_ network: Network, _ fields: inout LauncherFields) throws(Failure) {
        let interface = try Self.bytes(&fields)
        let (address, length) = try Self.prefix(&fields)
        let index = try Self.index(of: interface, network)
        var message = NetlinkMessage(20, flags: NetlinkMessage.acknowledge | NetlinkMessage.createExclusively)
        // struct ifaddrmsg; the flag says: no duplicate address detection.
        for value in [Self.family(address), length, address.count == 16 ? 2 : 0, 0] { message.append(value) }
        message.append(UInt32(bitPattern: index))
        message.attribute(2, address)
        message.attribute(1, address)
        try check(
            network.netlink.change(message), "netlink",
            "add an address to " + text(interface) + " in " + text(network.name))
    }

    private func addRoute(_ network: Network, _ fields: inout LauncherFields) throws(Failure) {
        let (address, length) = try Self.prefix(&fields)
        let interface = try Self.bytes(&fields)
        let gateway = try Self.bytes(&fields)
        guard gateway.isEmpty || gateway.count == address.count else {
            throw Failure("invalid", "a route and its gateway must be of one address family")
        }
        var message = NetlinkMessage(24, flags: NetlinkMessage.acknowledge | NetlinkMessage.createExclusively)
        let isLink = gateway.isEmpty && address.count == 4
        message.route(Self.family(address), length: length, table: 254, scope: isLink ? 253 : 0, type: 1)
        if length > 0 { message.attribute(1, address) }
        if !interface.isEmpty {
            message.attribute(4, UInt32(bitPattern: try Self.index(of: interface, network)))
        }
        if !gateway.isEmpty { message.attribute(5, gateway) }
        try check(network.netlink.change(message), "netlink", "add a route in " + text(network.name))
    }

    private func narrowLoopback(_ network: Network) throws(Failure) {
        let index = try Self.index(of: Array("lo".utf8), network)
        var local = NetlinkMessage(25, flags: NetlinkMessage.acknowledge)
        local.route(2, length: 8, table: 255, scope: 255, type: 2)
        local.attribute(1, [127, 0, 0, 0])
        local.attribute(4, UInt32(bitPattern: index))
        local.clearProtocol()
        let result = network.netlink.change(local)
        // Gone already: done before.
        if result != -3 { try check(result, "netlink", "narrow the loopback of " + text(network.name)) }
        var broadcast = NetlinkMessage(25, flags: NetlinkMessage.acknowledge)
        broadcast.route(2, length: 32, table: 255, scope: 255, type: 3)
        broadcast.attribute(1, [127, 255, 255, 255])
        broadcast.attribute(4, UInt32(bitPattern: index))
        broadcast.clearProtocol()
        _ = network.netlink.change(broadcast)
    }

    private func setDevice(_ network: Network, _ fields: inout LauncherFields) throws(Failure) {
        let interface = try Self.bytes(&fields)
        try Self.validate(interface)
        let (forwarding, localnet) = try decoding { () throws(LauncherFrameFault) in
            (try fields.optionalNumber(), try fields.optionalNumber())
        }
        let device = text(interface)
        var writes: [(path: String, value: UInt32, required: Bool)] = []
        if let forwarding {
            writes.append(("ipv4/conf/" + device + "/forwarding", forwarding, true))
            // IPv6 forwards only where the whole network does; that is allowed to the world's own network alone.
            if network.name == Self.host, forwarding == 1 { writes.append(("ipv6/conf/all/forwarding", 1, false)) }
            if forwarding == 0 { writes.append(("ipv6/conf/" + device + "/forwarding", 0, false)) }
        }
        if let localnet { writes.append(("ipv4/conf/" + device + "/route_localnet", localnet, true)) }
        for write in writes {
            let path = "/proc/sys/net/" + write.path
            let result = try inside(network) { Files.write(path, String(write.value)) }
            if write.required {
                let id: StaticString = result == ErrorNumber.notFound ? "not-found" : "sysctl"
                try check(result, id, "write " + path + " in " + text(network.name))
            }
        }
    }

    static func family(_ address: [UInt8]) -> UInt8 { address.count == 4 ? 2 : 10 }

    static func index(of interface: [UInt8], _ network: Network) throws(Failure) -> Int32 {
        try validate(interface)
        return try check(
            launcher_interface_index(network.netlink.socket, text(interface)), "not-found",
            "find interface " + text(interface) + " in " + text(network.name))
    }

    private static func validate(_ interface: [UInt8]) throws(Failure) {
        let isPlain = interface.allSatisfy { $0 > 32 && $0 < 127 && $0 != 47 && $0 != 58 }
        guard isPlain, (1...15).contains(interface.count), interface != [46], interface != [46, 46] else {
            throw Failure("invalid", "an interface name has 1 to 15 characters, none of them / or : or a space")
        }
    }

    private static func prefix(_ fields: inout LauncherFields) throws(Failure) -> (address: [UInt8], length: UInt8) {
        var address = try bytes(&fields)
        guard address.count == 5 || address.count == 17 else { throw Failure("invalid", "not an address prefix") }
        let length = address.removeLast()
        guard Int(length) <= address.count * 8 else { throw Failure("invalid", "the prefix length is too large") }
        return (address, length)
    }
}
