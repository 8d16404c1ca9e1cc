// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// What the kernel says about the network that this process is in.
enum NetworkView {
    /// Prints aspects; `policy` needs CAP_NET_ADMIN, the others need nothing.
    static func run(_ aspects: [[UInt8]]) -> Never {
        do throws(Failure) {
            for aspect in aspects {
                if same(text(aspect), "policy") {
                    Guard.say(try policy(Networks(adopting: ())))
                } else if same(text(aspect), "routes") {
                    Guard.say(try routes(Networks(looking: ())) + resolvers())
                } else if same(text(aspect), "environment") {
                    Guard.say(environment())
                } else if same(text(aspect), "sockets") {
                    Guard.say(sockets())
                } else {
                    throw Failure("usage", "usage: look policy|routes|sockets|environment...")
                }
            }
            Guard.say(["end"])
        } catch {
            Guard.say(["failed " + error.text])
            launcher_exit(1)
        }
        launcher_exit(0)
    }

    /// Routes of the main table, the packet filter, and the name servers of the file that guests see.
    static func policy(_ networks: Networks) throws(Failure) -> [String] {
        try routes(networks) + Filter().lines() + resolvers()
    }

    /// `route PREFIX INTERFACE GATEWAY`, with `-` where there is no gateway.
    static func routes(_ networks: Networks) throws(Failure) -> [String] {
        let fields = try networks.routes(networks.first, 2) + networks.routes(networks.first, 10)
        var lines: [String] = []
        var position = 0
        while position + 2 < fields.count {
            let prefix = fields[position]
            lines.append(
                "route " + address(Array(prefix.dropLast())) + "/" + String(prefix.last ?? 0) + " "
                    + text(fields[position + 1]) + " "
                    + (fields[position + 2].isEmpty ? "-" : address(fields[position + 2])))
            position += 3
        }
        return lines
    }

    private static func address(_ bytes: [UInt8]) -> String {
        var result = ""
        if bytes.count == 4 {
            for byte in bytes { result += (result.utf8.isEmpty ? "" : ".") + String(byte) }
            return result
        }
        // Not shortened: what reads it knows the long form.
        for index in 0..<bytes.count / 2 {
            let group = UInt16(bytes[2 * index]) << 8 | UInt16(bytes[2 * index + 1])
            result += (index == 0 ? "" : ":") + String(group, radix: 16)
        }
        return result
    }

    /// This process's variables as hexadecimal digits, for they may hold anything.
    private static func environment() -> [String] {
        var lines: [String] = []
        var next = launcher_environment()
        while let place = next, let line = place.pointee {
            lines.append("variable " + Filter.hex(Array(String(cString: line).utf8)))
            next = place + 1
        }
        return lines
    }

    private static func resolvers() -> [String] {
        var lines: [String] = []
        for line in (Files.read("/etc/resolv.conf") ?? []).split(separator: 10) {
            let words = line.split(whereSeparator: { $0 == 32 || $0 == 9 })
            guard words.count >= 2, Array(words[0]) == Array("nameserver".utf8) else { continue }
            lines.append("resolver " + text(Array(words[1])))
        }
        return lines
    }

    /// The kernel's socket tables, each line behind the table's name.
    private static func sockets() -> [String] {
        var lines: [String] = []
        for table in ["tcp", "tcp6", "udp", "udp6"] {
            guard let bytes = Files.read("/proc/net/" + table) else { continue }
            lines.append("table " + table)
            for line in bytes.split(separator: 10) { lines.append("socket " + text(Array(line))) }
        }
        return lines
    }
}

extension Networks {
    /// Leaves the routes that a policy names, and no other.
    func replaceRoutes(_ policy: Guard.Policy) throws(Failure) {
        let interface = Array("eth0".utf8)
        for family: UInt8 in [2, 10] {
            let fields = try routes(first, family)
            var position = 0
            while position + 2 < fields.count {
                var prefix = fields[position]
                let length = prefix.removeLast()
                var message = NetlinkMessage(25, flags: NetlinkMessage.acknowledge)
                message.route(family, length: length, table: 254, scope: 255, type: 0)
                message.clearProtocol()
                if length > 0 { message.attribute(1, prefix) }
                message.attribute(
                    4, UInt32(bitPattern: try Self.index(of: fields[position + 1], first)))
                let result = first.netlink.change(message)
                // The kernel takes a route along when the one it hangs on goes.
                if result != -3 { try check(result, "netlink", "remove a route") }
                position += 3
            }
        }
        try add(policy.bundle, through: [], interface)
        for (address, gateway) in policy.extra { try add(address, through: gateway, interface) }
    }

    private func add(_ address: [UInt8], through gateway: [UInt8], _ interface: [UInt8]) throws(Failure) {
        var message = NetlinkMessage(24, flags: NetlinkMessage.acknowledge | NetlinkMessage.createExclusively)
        message.route(2, length: 32, table: 254, scope: gateway.isEmpty ? 253 : 0, type: 1)
        message.attribute(1, address)
        message.attribute(4, UInt32(bitPattern: try Self.index(of: interface, first)))
        if !gateway.isEmpty { message.attribute(5, gateway) }
        try check(first.netlink.change(message), "netlink", "add a route")
    }
}
