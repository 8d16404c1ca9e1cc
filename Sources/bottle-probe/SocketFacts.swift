// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// The guest's own view of its network: socket tables, interfaces and routes.
enum SocketFacts {
    /// Collects what /proc and netlink tell; a table that cannot be read is left out.
    static func collect() -> Outcome {
        var outcome = Outcome(.done)
        let tables: [(name: StaticString, path: StaticString)] = [
            ("tcp", "/proc/self/net/tcp"), ("udp", "/proc/self/net/udp"),
            ("tcp6", "/proc/self/net/tcp6"), ("udp6", "/proc/self/net/udp6"),
        ]
        for table in tables {
            if let text = Descriptor.contents(table.path) { outcome.note(table.name, endpoints(text)) }
        }
        var list: Bytes = []
        let result = withUnsafeMutablePointer(to: &list) { pointer in
            probe_interfaces(
                { context, name, address in
                    let list = context.assumingMemoryBound(to: Bytes.self)
                    if !list.pointee.isEmpty { list.pointee.append(UInt8(ascii: ",")) }
                    list.pointee += Bytes(terminated: name)
                    list.pointee.append(UInt8(ascii: "="))
                    list.pointee += Bytes(terminated: address)
                }, pointer)
        }
        if result == 0 { outcome.note("interfaces", list) }
        if let text = Descriptor.contents("/proc/self/net/route") { outcome.note("routes", text) }
        if let text = Descriptor.contents("/proc/self/net/ipv6_route") { outcome.note("routes6", text) }
        return outcome
    }

    /// `port/STATE` of every row, separated by commas.
    private static func endpoints(_ table: Bytes) -> Bytes {
        var list: Bytes = []
        for line in table.pieces(separatedBy: 0x0a).dropFirst() {
            let words = line.words
            guard words.count >= 4 else { continue }
            let local = words[1].pieces(separatedBy: UInt8(ascii: ":"))
            guard local.count == 2, let port = Hex.number(local[1]), let state = Hex.number(words[3]) else { continue }
            if !list.isEmpty { list.append(UInt8(ascii: ",")) }
            list += Bytes(decimal: port)
            list.append(UInt8(ascii: "/"))
            list += name(ofState: state)
        }
        return list
    }

    /// The kernel's name for a socket state; UDP uses ESTABLISHED (connected) and CLOSE (not).
    private static func name(ofState state: UInt64) -> Bytes {
        let names: [StaticString] = [
            "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
            "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV",
        ]
        guard state >= 1, state <= UInt64(names.count) else { return Bytes(decimal: state) }
        return Bytes(names[Int(state) - 1])
    }
}
