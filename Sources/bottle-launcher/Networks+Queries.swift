// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

extension Networks {
    /// Answers what the kernel says about routes.
    func query(_ operation: LauncherOperation, _ fields: inout LauncherFields) throws(Failure) -> [[UInt8]] {
        let network = try find(Self.bytes(&fields))
        if operation == .listRoutes {
            return try routes(network, 2) + routes(network, 10)
        }
        return [try interface(to: Self.bytes(&fields), network)]
    }

    /// Every unicast route of the main table, except the one for ::1 that newer kernels keep there.
    func routes(_ network: Network, _ family: UInt8) throws(Failure) -> [[UInt8]] {
        var message = NetlinkMessage(26, flags: NetlinkMessage.dump)
        message.route(family, length: 0, table: 0, scope: 0, type: 0)
        message.clearProtocol()
        let (result, answers) = network.netlink.exchange(message)
        // A machine without IPv6 has no such routes.
        if result < 0, family == 10, answers.isEmpty { return [] }
        try check(result, "netlink", "list the routes of " + text(network.name))
        var fields: [[UInt8]] = []
        for answer in answers where answer.type == 24 && answer.body.count >= 12 {
            let body = answer.body
            guard body[0] == family, body[7] == 1 else { continue }
            var table = UInt32(body[4])
            var destination = [UInt8](repeating: 0, count: family == 2 ? 4 : 16)
            var gateway: [UInt8] = []
            var index: Int32 = 0
            for (type, payload) in answer.attributes(after: 12) {
                switch type {
                case 1: destination = payload
                case 4: index = Self.index(payload)
                case 5: gateway = payload
                case 15: table = UInt32(bitPattern: Self.index(payload))
                default: break
                }
            }
            let interface = try name(of: index, network)
            let isOwnLoopback =
                family == 10 && body[1] == 128 && destination == [UInt8](repeating: 0, count: 15) + [1]
                && interface == Array("lo".utf8)
            guard table == 254, !isOwnLoopback else { continue }
            fields += [destination + [body[1]], interface, gateway]
        }
        return fields
    }

    private func interface(to address: [UInt8], _ network: Network) throws(Failure) -> [UInt8] {
        guard address.count == 4 || address.count == 16 else { throw Failure("invalid", "not an address") }
        var message = NetlinkMessage(26, flags: 0)
        message.route(
            Self.family(address), length: UInt8(address.count * 8), table: 0, scope: 0, type: 0)
        message.clearProtocol()
        message.attribute(1, address)
        let (result, answers) = network.netlink.exchange(message)
        try check(result, "not-found", "find a route to that address in " + text(network.name))
        // IPv6 answers with a route of a refusing type instead of an error.
        let unicast: UInt8 = 1
        let local: UInt8 = 2
        guard let answer = answers.first, answer.body.count >= 12, [unicast, local, 3, 5].contains(answer.body[7])
        else {
            throw Failure("not-found", "there is no route to that address in " + text(network.name))
        }
        for (type, payload) in answer.attributes(after: 12) where type == 4 {
            return try name(of: Self.index(payload), network)
        }
        throw Failure("not-found", "the route to that address in " + text(network.name) + " has no interface")
    }

    private static func index(_ payload: [UInt8]) -> Int32 {
        guard payload.count == 4 else { return 0 }
        let low = UInt32(payload[0]) | UInt32(payload[1]) << 8
        return Int32(bitPattern: low | UInt32(payload[2]) << 16 | UInt32(payload[3]) << 24)
    }

    private func name(of index: Int32, _ network: Network) throws(Failure) -> [UInt8] {
        var name = [CChar](repeating: 0, count: 16)
        try check(
            launcher_interface_name(network.netlink.socket, index, &name), "netlink",
            "name an interface of " + text(network.name))
        return name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    }
}
