// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Which TCP ports of an address accept a connection.
enum SweepFacts {
    /// More open ports than any bundle has: what follows is counted and not named.
    private static let mostNamed = 1024

    /// Tries every port of a range until the budget, microseconds, is used up.
    ///
    /// - Parameter settle: Microseconds for which a connection has to stay to count; 0 counts every one that is accepted.
    static func collect(
        _ target: probe_address, _ ports: ClosedRange<UInt16>, budget: UInt64, settle: UInt64
    ) -> Outcome {
        var address = target
        var result = probe_sweep()
        var open: [UInt16] = []
        let deadline = probe_microseconds() + budget
        let failure = withUnsafeMutablePointer(to: &open) { pointer in
            probe_sweep_ports(
                &address, ports.lowerBound, ports.upperBound, deadline, settle, &result,
                { context, port in
                    let list = context.assumingMemoryBound(to: [UInt16].self)
                    if list.pointee.count < SweepFacts.mostNamed { list.pointee.append(port) }
                }, pointer)
        }
        var outcome = failure == 0 ? Outcome(.done) : Outcome(.socket, errno: failure)
        open.sort()
        var names: Bytes = []
        for port in open {
            if !names.isEmpty { names.append(UInt8(ascii: ",")) }
            names += Bytes(decimal: UInt64(port))
        }
        outcome.note("open", names)
        outcome.note("opened", Bytes(decimal: UInt64(result.open)))
        outcome.note("refused", Bytes(decimal: UInt64(result.refused)))
        outcome.note("unreachable", Bytes(decimal: UInt64(result.unreachable)))
        outcome.note("denied", Bytes(decimal: UInt64(result.denied)))
        outcome.note("reset", Bytes(decimal: UInt64(result.reset)))
        outcome.note("timedout", Bytes(decimal: UInt64(result.timed_out)))
        outcome.note("failed", Bytes(decimal: UInt64(result.failed)))
        return outcome
    }
}
