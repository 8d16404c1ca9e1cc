// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// The network policy of a guest in a container: what its guard is told, and what is read back from the kernel.
struct DockerNetworkPolicy: Sendable {
    let addresses: AddressPlan
    /// The ports of the bundle that a guest may reach.
    let ports: [UInt16]
    let faults: Set<Fault>
    let mode: NetworkMode

    init(plan: BottlePlan, faults: Set<Fault>, mode: NetworkMode) {
        addresses = plan.addresses
        self.faults = faults
        self.mode = mode
        let known = [
            "pipelock": Contract.pipelockPort, "git-gate": Contract.gitGatePort, "supervise": Contract.supervisePort,
        ]
        ports = plan.daemons.compactMap { known[$0] }.sorted()
    }

    /// Where a guest's network comes from.
    enum Source: Sendable, Hashable {
        /// It is the one of the engine's host.
        case host
        /// The bottle's, as the engine makes it: nothing of ours is in it.
        case engine
        /// The bottle's, held by an anchor that puts the policy in force.
        case anchor
    }

    var source: Source {
        if mode == .open || faults.contains(.hostnet) { return .host }
        return faults.isDisjoint(with: [.plainbridge, .internalbridge]) ? .anchor : .engine
    }

    /// Whether the guest's network forwards to the outside; only a fault makes it.
    var isForwarded: Bool { !faults.isDisjoint(with: [.open, .plainbridge]) }

    /// What the guard is told.
    var guardArguments: [String] {
        if faults.contains(.open) { return ["off"] }
        let named = ports.map(String.init).joined(separator: ",")
        var arguments = [addresses.bundle, faults.contains(.anyport) ? "any" : named]
        // An address that nobody has: the guest's way to its bundle leads nowhere.
        if faults.contains(.blackhole) { arguments[0] = "192.0.2.1" }
        arguments += extra
        return arguments
    }

    /// Whether a guest may have sockets to whoever runs the machine, which no network holds. A filter that refuses them
    /// needs no_new_privs, which two of the faults take away.
    var allowsVsock: Bool { mode == .open || !faults.isDisjoint(with: [.seccompvsock, .capall, .privileged]) }

    /// The arguments of the guest's first process.
    var inmateArguments: [String] {
        let isOpen = source != .anchor || faults.contains(.open)
        let address = isOpen ? "open" : faults.contains(.blackhole) ? "192.0.2.1" : addresses.bundle
        return [address] + (allowsVsock ? ["vsock"] : [])
    }

    /// What a fault opens beside the bundle.
    private var extra: [String] {
        if faults.contains(.gwopen) {
            return [addresses.gateway]
                + [WorldLayout.uplinkAddress, WorldLayout.lanAddress].map { "\($0)@\(addresses.gateway)" }
        }
        if faults.contains(.hostalias) {
            return [addresses.gateway] + HostAliases.addresses.map { "\($0)@\(addresses.gateway)" }
        }
        if faults.contains(.autoresolver) {
            return [
                addresses.gateway, "\(WorldLayout.hostResolver)@\(addresses.gateway)",
                "resolver=\(WorldLayout.hostResolver)",
            ]
        }
        if faults.contains(.sharednet) { return ["around=10.77"] }
        return []
    }

    // MARK: - Reading back

    /// What `bottle-launcher look` printed about a network.
    struct Reading: Sendable, Hashable {
        struct Route: Sendable, Hashable {
            var destination: String
            var interface: String
        }
        var routes: [Route] = []
        /// Chains and rules, as they stand.
        var filter: [String] = []
        var resolvers: [String] = []
        var variables: [String: String] = [:]
        var sockets: [String] = []
        /// Whether it was printed to its end.
        var isWhole = false

        init(_ text: String) {
            var table = ""
            var lines: [String: String] = [:]
            for line in text.split(whereSeparator: \.isNewline) {
                let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
                let rest = words.count > 1 ? String(words[1]) : ""
                switch words.first {
                case "route":
                    let parts = rest.split(separator: " ")
                    if parts.count == 3 {
                        routes.append(Route(destination: String(parts[0]), interface: String(parts[1])))
                    }
                case "chain", "rule": filter.append(String(line))
                case "resolver": resolvers.append(rest)
                case "variable":
                    if let (name, value) = Self.variable(rest) { variables[name] = value }
                case "table": table = rest
                case "socket": lines[table, default: ""] += rest + "\n"
                case "ready", "end": isWhole = true
                default: continue
                }
            }
            for table in ["tcp", "tcp6", "udp", "udp6"] {
                sockets += SocketTable.listeners(table, lines[table] ?? "")
            }
        }

        /// A line of the environment as hexadecimal digits, for it may hold anything.
        private static func variable(_ hex: String) -> (String, String)? {
            let digits = Array(hex.utf8)
            var bytes: [UInt8] = []
            for start in stride(from: 0, to: digits.count - 1, by: 2) {
                guard let byte = UInt8(String(decoding: digits[start...start + 1], as: UTF8.self), radix: 16) else {
                    return nil
                }
                bytes.append(byte)
            }
            guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            return (
                String(decoding: bytes[..<equals], as: UTF8.self),
                String(decoding: bytes[(equals + 1)...], as: UTF8.self)
            )
        }
    }

    /// The destinations that a network lets its processes reach: by its routes or by its filter, whichever is wider.
    ///
    /// Routes alone bound nobody, since a socket that is bound to an interface needs none; so a network without a filter
    /// that refuses what it does not know reaches everything.
    static func effectiveAllow(_ reading: Reading) -> [String] {
        var allowed = Set(reading.routes.map(\.destination))
        let chain = reading.filter.first { $0.hasPrefix("chain inet bottle output filter 3 ") }
        if chain?.hasSuffix(" drop") == true {
            for rule in reading.filter where rule.hasPrefix("rule inet bottle output ") {
                let words = rule.split(separator: " ").dropFirst(4).map(String.init)
                guard words.last == accept else { continue }
                if words.dropLast() == loopback { continue }
                allowed.insert(destination(words) ?? everything)
            }
        } else {
            allowed.insert(everything)
        }
        return allowed.sorted()
    }

    private static let everything = "0.0.0.0/0"
    private static let accept = "immediate:00000000:00000001"
    /// To the interface of index 1.
    private static let loopback = ["meta:00000005:00000001", "cmp:00000001:00000000:01000000"]
    /// The place in an IPv4 header that names the destination, without how many bytes of it are looked at.
    private static let destinationField = "payload:00000001:00000001:00000010:"
    private static let family = ["meta:0000000f:00000001", "cmp:00000001:00000000:02"]

    /// The destination that a rule compares with, if it is the rule of one destination or network.
    private static func destination(_ words: [String]) -> String? {
        let equals = "cmp:00000001:00000000:"
        guard Array(words.prefix(2)) == family, words.count > 3, words[2].hasPrefix(destinationField),
            let length = Int(words[2].dropFirst(destinationField.utf8.count), radix: 16), (1...4).contains(length),
            words[3].hasPrefix(equals), words[3].utf8.count == equals.utf8.count + 2 * length,
            let digits = UInt32(words[3].dropFirst(equals.utf8.count), radix: 16)
        else { return nil }
        // A rule that looks at the first bytes only is one of a whole network.
        let number = UInt64(digits) << (8 * UInt64(4 - length))
        let address = (0..<4).reversed().map { String(number >> (8 * UInt64($0)) & 255) }.joined(separator: ".")
        return "\(address)/\(8 * length)"
    }
}
