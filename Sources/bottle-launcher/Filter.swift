// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// The packet filter of a guest's network: what a route cannot forbid.
///
/// Routes alone do not hold a guest: any process may bind a socket to an interface, and the kernel then takes every
/// destination for a neighbour. The engine's own resolver answers on loopback, where no route leads past it.
struct Filter {
    private static let table = Array("bottle".utf8)
    private static let inet: UInt8 = 1
    private static let accept: UInt32 = 1
    private static let drop: UInt32 = 0
    /// The engine's own resolver, in every container on a network that a user made.
    private static let engineResolver: [UInt8] = [127, 0, 0, 11]

    private let socket: Int32

    init() throws(Failure) {
        socket = try check(launcher_netfilter_socket(), "filter", "open a netfilter socket")
    }

    /// Lets through loopback and what is allowed, refuses the rest at once; replaces an older filter in one step.
    ///
    /// - Parameter allowed: An IPv4 address, or the first bytes of those of a network, and a TCP port; any port where it
    ///   is 0.
    func install(_ allowed: [(address: [UInt8], port: UInt16)]) throws(Failure) {
        var batch: [NetlinkMessage] = []
        // Made before it is deleted: deleting what is not there is an error.
        batch.append(message(0, create: true) { $0.attribute(1, Self.table + [0]) })
        batch.append(message(2) { $0.attribute(1, Self.table + [0]) })
        batch.append(message(0, create: true) { $0.attribute(1, Self.table + [0]) })
        batch.append(chain("input", hook: 1))
        batch.append(chain("forward", hook: 2))
        batch.append(chain("output", hook: 3))
        batch.append(rule("input") { Self.loopback(4, &$0) })
        for (address, port) in allowed {
            batch.append(rule("input") { Self.stream(address, at: 12, port, at: 0, &$0) })
        }
        batch.append(
            rule("output") { list in
                Self.family(&list)
                Self.compare(Self.engineResolver, base: 1, offset: 16, &list)
                Self.reject(&list)
            })
        batch.append(rule("output") { Self.loopback(5, &$0) })
        for (address, port) in allowed {
            batch.append(rule("output") { Self.stream(address, at: 16, port, at: 2, &$0) })
        }
        for (address, port) in allowed where port != 0 {
            batch.append(rule("output") { Self.reset(address, &$0) })
        }
        batch.append(rule("output") { Self.reject(&$0) })
        try send(batch)
    }

    // MARK: - Messages

    private func message(
        _ kind: UInt16, create: Bool = false, _ body: (inout NetlinkMessage) -> Void
    ) -> NetlinkMessage {
        var message = NetlinkMessage(
            10 << 8 | kind, flags: NetlinkMessage.acknowledge | (create ? NetlinkMessage.create : 0))
        message.netfilter(Self.inet)
        body(&message)
        return message
    }

    /// A base chain of the filter type that drops what no rule takes.
    private func chain(_ name: StaticString, hook: UInt32) -> NetlinkMessage {
        message(3, create: true) { message in
            message.attribute(1, Self.table + [0])
            message.attribute(3, Self.bytes(name) + [0])
            message.nested(4) { part in
                part.attribute(1, Self.big(hook))
                part.attribute(2, Self.big(0))
            }
            message.attribute(5, Self.big(Self.drop))
            message.attribute(7, Array("filter".utf8) + [0])
        }
    }

    private func rule(_ chain: StaticString, _ body: (inout NetlinkMessage) -> Void) -> NetlinkMessage {
        var message = NetlinkMessage(
            10 << 8 | 6, flags: NetlinkMessage.acknowledge | NetlinkMessage.create | NetlinkMessage.append)
        message.netfilter(Self.inet)
        message.attribute(1, Self.table + [0])
        message.attribute(2, Self.bytes(chain) + [0])
        message.nested(4, body)
        return message
    }

    // MARK: - Expressions

    private static func expression(
        _ name: StaticString, _ list: inout NetlinkMessage, _ data: (inout NetlinkMessage) -> Void
    ) {
        list.nested(1) { element in
            element.attribute(1, bytes(name) + [0])
            element.nested(2, data)
        }
    }

    private static func meta(_ key: UInt32, equals value: [UInt8], _ list: inout NetlinkMessage) {
        expression("meta", &list) { data in
            data.attribute(1, big(1))
            data.attribute(2, big(key))
        }
        equals(value, &list)
    }

    private static func equals(_ value: [UInt8], _ list: inout NetlinkMessage) {
        expression("cmp", &list) { data in
            data.attribute(1, big(1))
            data.attribute(2, big(0))
            data.nested(3) { $0.attribute(1, value) }
        }
    }

    private static func compare(_ value: [UInt8], base: UInt32, offset: UInt32, _ list: inout NetlinkMessage) {
        expression("payload", &list) { data in
            data.attribute(1, big(1))
            data.attribute(2, big(base))
            data.attribute(3, big(offset))
            data.attribute(4, big(UInt32(value.count)))
        }
        equals(value, &list)
    }

    private static func verdict(_ code: UInt32, _ list: inout NetlinkMessage) {
        expression("immediate", &list) { data in
            data.attribute(1, big(0))
            data.nested(2) { value in value.nested(2) { $0.attribute(1, big(code)) } }
        }
    }

    /// Whoever sends is told at once that an administrator forbids it, whatever the protocol.
    private static func reject(_ list: inout NetlinkMessage) {
        expression("reject", &list) { data in
            data.attribute(1, big(2))
            data.attribute(2, [3])
        }
    }

    /// A connection to another port of an address that is allowed is refused as by a port that nobody listens on: the
    /// kernel sends only so many ICMP messages a second, and who tries many ports would wait for the rest.
    private static func reset(_ address: [UInt8], _ list: inout NetlinkMessage) {
        family(&list)
        meta(16, equals: [6], &list)
        compare(address, base: 1, offset: 16, &list)
        expression("reject", &list) { data in data.attribute(1, big(1)) }
    }

    private static func family(_ list: inout NetlinkMessage) { meta(15, equals: [2], &list) }

    /// Loopback has the first index in every network; `key` says whether it is where a packet comes from or goes to.
    private static func loopback(_ key: UInt32, _ list: inout NetlinkMessage) {
        meta(key, equals: [1, 0, 0, 0], &list)
        verdict(accept, &list)
    }

    private static func stream(
        _ address: [UInt8], at offset: UInt32, _ port: UInt16, at portOffset: UInt32, _ list: inout NetlinkMessage
    ) {
        family(&list)
        compare(address, base: 1, offset: offset, &list)
        if port != 0 {
            meta(16, equals: [6], &list)
            compare(
                [UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port)], base: 2, offset: portOffset,
                &list)
        }
        verdict(accept, &list)
    }

    private static func bytes(_ text: StaticString) -> [UInt8] {
        Array(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// nftables wants its numbers in network order.
    private static func big(_ value: UInt32) -> [UInt8] {
        [
            UInt8(truncatingIfNeeded: value >> 24), UInt8(truncatingIfNeeded: value >> 16),
            UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value),
        ]
    }

    // MARK: - The kernel's side

    /// Sends everything as one transaction: all of it holds, or nothing.
    private func send(_ messages: [NetlinkMessage]) throws(Failure) {
        var bytes = Self.mark(16)
        for message in messages { bytes += message.finished }
        bytes += Self.mark(17)
        let sent = launcher_send(socket, bytes, bytes.count, nil, 0)
        guard sent >= 0 else { throw Failure("filter", cannot: "send a packet filter", sent) }
        var answered = 0
        let netlink = Netlink(socket: socket)
        while answered < messages.count {
            let (results, failure) = netlink.acknowledgements()
            guard failure >= 0, !results.isEmpty else {
                throw Failure("filter", cannot: "install a packet filter", Int(failure < 0 ? failure : -5))
            }
            for result in results where result < 0 {
                // A kernel without nftables answers so.
                throw Failure("filter", cannot: "install a packet filter (the kernel needs nf_tables)", Int(result))
            }
            answered += results.count
        }
    }

    private static func mark(_ type: UInt16) -> [UInt8] {
        var message = NetlinkMessage(type, flags: 0)
        // Family unspecified, version 0, and the subsystem that the transaction is of.
        for value: UInt8 in [0, 0, 0, 10] { message.append(value) }
        return message.finished
    }

    /// What is in force in this network, from the kernel: a line for each table, chain and rule that is not the
    /// engine's own address translation.
    func lines() throws(Failure) -> [String] {
        var lines: [String] = []
        for answer in try dump(4, "chains") { lines += Self.chainLine(answer) }
        for answer in try dump(7, "rules") { lines += Self.ruleLine(answer) }
        return lines
    }

    private func dump(_ kind: UInt16, _ what: String) throws(Failure) -> [NetlinkAnswer] {
        var message = NetlinkMessage(10 << 8 | kind, flags: NetlinkMessage.dump)
        message.netfilter(0)
        let (result, answers) = Netlink(socket: socket).exchange(message)
        try check(result, "filter", "list the " + what + " of the packet filter")
        return answers
    }

    private static func family(_ answer: NetlinkAnswer) -> String {
        answer.body.first == inet ? "inet" : String(answer.body.first ?? 0)
    }

    private static func chainLine(_ answer: NetlinkAnswer) -> [String] {
        var table = ""
        var name = ""
        var type = ""
        var policy = ""
        var hook = ""
        for (kind, payload) in answer.attributes(after: 4) {
            switch kind {
            case 1: table = word(payload)
            case 3: name = word(payload)
            case 4:
                for (part, value) in NetlinkAnswer.attributes(of: payload) where part == 1 || part == 2 {
                    hook += " " + String(Int32(bitPattern: number(value)))
                }
            case 5: policy = number(payload) == drop ? "drop" : "accept"
            case 7: type = word(payload)
            default: break
            }
        }
        guard !hook.utf8.isEmpty, !same(type, "nat") else { return [] }
        return ["chain " + family(answer) + " " + table + " " + name + " " + type + hook + " " + policy]
    }

    private static func ruleLine(_ answer: NetlinkAnswer) -> [String] {
        var table = ""
        var chain = ""
        var text = ""
        for (kind, payload) in answer.attributes(after: 4) {
            switch kind {
            case 1: table = word(payload)
            case 2: chain = word(payload)
            case 4:
                for (_, element) in NetlinkAnswer.attributes(of: payload) { text += expressionText(element) }
            default: break
            }
        }
        guard !same(table, "nat") else { return [] }
        return ["rule " + family(answer) + " " + table + " " + chain + text]
    }

    private static func expressionText(_ element: [UInt8]) -> String {
        var name = ""
        var data: [UInt8] = []
        for (kind, payload) in NetlinkAnswer.attributes(of: element) {
            if kind == 1 { name = word(payload) }
            if kind == 2 { data = payload }
        }
        var result = " " + name
        for (kind, payload) in NetlinkAnswer.attributes(of: data) {
            // A value stands in one more layer, a verdict in two; every other attribute is a number.
            let isNested = (same(name, "cmp") && kind == 3) || (same(name, "immediate") && kind == 2)
            guard isNested else {
                result += ":" + hex(payload)
                continue
            }
            for (_, value) in NetlinkAnswer.attributes(of: payload) {
                let inner =
                    same(name, "immediate") ? NetlinkAnswer.attributes(of: value).first?.payload ?? value : value
                result += ":" + hex(inner)
            }
        }
        return result
    }

    private static func word(_ payload: [UInt8]) -> String {
        // One word a name, whatever somebody called it.
        text(payload.filter { $0 > 32 && $0 < 127 })
    }

    private static func number(_ payload: [UInt8]) -> UInt32 {
        var value: UInt32 = 0
        for byte in payload.prefix(4) { value = value << 8 | UInt32(byte) }
        return value
    }

    /// The bytes as hexadecimal digits.
    static func hex(_ payload: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var result: [UInt8] = []
        for byte in payload { result += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return text(result)
    }
}
