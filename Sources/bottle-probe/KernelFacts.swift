// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// What the kernel lets the probe do. Every answer is `ok` or the name of an error.
enum KernelFacts {
    /// `power.NAME` for every attempt that needs a capability, and `power.none` for one that needs none.
    static func powers() -> Outcome {
        var outcome = Outcome(.done)
        var power = probe_powers()
        while true {
            let name = Bytes(terminated: power.pointee.name)
            guard !name.isEmpty else { return outcome }
            outcome.facts.append(Outcome.Fact(name: Bytes("power.") + name, value: answer(power.pointee.attempt())))
            power += 1
        }
    }

    /// `write:PATH` and `read:PATH` for what the kernel shows as files, `null` where the null device hides it, `mknod`,
    /// and `block:NAME` for every block device in /dev.
    static func surfaces(_ paths: [(path: Bytes, isWritten: Bool)]) -> Outcome {
        var outcome = Outcome(.done)
        for (path, isWritten) in paths {
            let result = probe_open_surface(path.terminated, isWritten ? 1 : 0)
            outcome.facts.append(
                Outcome.Fact(
                    name: Bytes(isWritten ? "write:" : "read:") + path,
                    value: result == 1 ? Bytes("null") : answer(result)))
        }
        outcome.note("mknod", answer(probe_make_device()))
        var devices: [Outcome.Fact] = []
        let failure = withUnsafeMutablePointer(to: &devices) { list in
            probe_block_devices(
                { context, name, result in
                    let list = context.assumingMemoryBound(to: [Outcome.Fact].self)
                    list.pointee.append(
                        Outcome.Fact(
                            name: Bytes("block:") + Bytes(terminated: name), value: KernelFacts.answer(result)))
                }, list)
        }
        outcome.note("devices", answer(failure))
        outcome.facts += devices
        return outcome
    }

    private static func answer(_ result: Int32) -> Bytes {
        result >= 0 ? Bytes("ok") : Outcome.name(of: -result)
    }
}
