// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// What AF_VSOCK, the socket family between a virtual machine and its host, gives a process: sockets, and who answers.
struct VsockFacts {
    private static let mostContexts = 16
    private static let mostRanges = 64
    /// More open ports than any machine has: what follows is counted and not named.
    private static let mostNamed = 256

    private var contexts: [UInt32]
    private let includesOwn: Bool
    private let ports: [probe_vsock_ports]
    /// Microseconds for all connections.
    private let budget: UInt64

    init(contexts: [UInt32], includesOwn: Bool, ports: [probe_vsock_ports], budget: UInt64) {
        self.contexts = contexts
        self.includesOwn = includesOwn
        self.ports = ports
        self.budget = budget
    }

    /// Numbers separated by commas, or `-`.
    static func contexts(_ text: Bytes) -> [UInt32]? {
        if text.equals("-") { return [] }
        var found: [UInt32] = []
        for piece in text.pieces(separatedBy: 0x2c) {
            guard let number = piece.decimal.flatMap({ UInt32(exactly: $0) }), found.count < mostContexts else {
                return nil
            }
            found.append(number)
        }
        return found
    }

    /// Ranges separated by commas, or `-`.
    static func ports(_ text: Bytes) -> [probe_vsock_ports]? {
        if text.equals("-") { return [] }
        var found: [probe_vsock_ports] = []
        for piece in text.pieces(separatedBy: 0x2c) {
            let bounds = piece.pieces(separatedBy: 0x2d)
            guard bounds.count == 2, let first = bounds[0].decimal.flatMap({ UInt32(exactly: $0) }),
                let last = bounds[1].decimal.flatMap({ UInt32(exactly: $0) }), first <= last, found.count < mostRanges
            else { return nil }
            found.append(probe_vsock_ports(first: first, last: last))
        }
        return found
    }

    /// Asks for sockets first, and connects only when there are contexts to connect to.
    func collect(limit: UInt64?) -> Outcome {
        var outcome = Outcome(.done)
        var way = probe_vsock_ways()
        while true {
            let name = Bytes(terminated: way.pointee.name)
            guard !name.isEmpty else { break }
            outcome.facts.append(Outcome.Fact(name: Bytes("way.") + name, value: Self.answer(way.pointee.attempt())))
            way += 1
        }
        guard includesOwn || !contexts.isEmpty else { return outcome }
        var aims = contexts
        if includesOwn {
            var own: UInt32 = 0
            let failure = probe_vsock_own_context(&own)
            outcome.note("context", failure == 0 ? Bytes(decimal: UInt64(own)) : Outcome.name(of: -failure))
            if failure == 0, own != UInt32.max {
                for aim in [own, own &- 1, own &+ 1] where !aims.contains(aim) { aims.append(aim) }
            }
        }
        sweep(aims, min(budget, limit ?? budget), &outcome)
        return outcome
    }

    private func sweep(_ aims: [UInt32], _ budget: UInt64, _ outcome: inout Outcome) {
        var counts = [probe_vsock_count](repeating: probe_vsock_count(), count: aims.count)
        var open: [(index: Int, port: UInt32)] = []
        let deadline = probe_microseconds() + budget
        let failure = withUnsafeMutablePointer(to: &open) { pointer in
            probe_vsock_sweep(
                aims, &counts, Int32(aims.count), ports, Int32(ports.count), deadline,
                { context, index, port in
                    let list = context.assumingMemoryBound(to: [(index: Int, port: UInt32)].self)
                    if list.pointee.count < VsockFacts.mostNamed { list.pointee.append((Int(index), port)) }
                }, pointer)
        }
        if failure != 0 { outcome.note("sweep", Outcome.name(of: -failure)) }
        for (index, aim) in aims.enumerated() {
            let suffix = Bytes(".") + Bytes(decimal: UInt64(aim))
            var names: Bytes = []
            for found in open where found.index == index {
                if !names.isEmpty { names.append(UInt8(ascii: ",")) }
                names += Bytes(decimal: UInt64(found.port))
            }
            func note(_ name: StaticString, _ value: Bytes) {
                outcome.facts.append(Outcome.Fact(name: Bytes(name) + suffix, value: value))
            }
            let count = counts[index]
            note("open", names)
            note("opened", Bytes(decimal: UInt64(count.opened)))
            note("refused", Bytes(decimal: UInt64(count.refused)))
            note("unreachable", Bytes(decimal: UInt64(count.unreachable)))
            note("denied", Bytes(decimal: UInt64(count.denied)))
            note("silent", Bytes(decimal: UInt64(count.silent)))
            note("failed", Bytes(decimal: UInt64(count.failed)))
            if count.error != 0 { note("error", Outcome.name(of: count.error)) }
        }
    }

    private static func answer(_ result: Int32) -> Bytes {
        if result == Int32(probe_vsock_killed) { return Bytes("killed") }
        return result >= 0 ? Bytes("ok") : Outcome.name(of: -result)
    }
}
