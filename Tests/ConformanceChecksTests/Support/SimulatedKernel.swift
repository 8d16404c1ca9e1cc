// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// What the kernel lets a simulated guest do.
struct SimulatedKernel {
    let bottle: SimulatedBottle
    /// Whether it is asked by a command of root.
    var isRoot = false

    private var isOutside: Bool { isRoot && bottle.has(.rootexec) }
    private var isPowerful: Bool {
        isOutside || [Fault.capall, .privileged, .hostexec].contains { bottle.has($0) }
    }
    private var isUnmasked: Bool { isOutside || [Fault.privileged, .unmasked].contains { bottle.has($0) } }

    var masks: [String: String] {
        let mask = isPowerful ? "000001ffffffffff" : "0000000000000000"
        return [
            "cap_eff": mask, "cap_prm": mask, "cap_inh": "0000000000000000", "cap_amb": "0000000000000000",
            "no_new_privs": isPowerful ? "0" : "1",
        ]
    }

    var powers: [String: String] {
        let names = [
            "raw-socket", "packet-socket", "interface", "mount", "hostname", "module", "file-handle", "bpf",
            "kernel-log",
        ]
        return Dictionary(uniqueKeysWithValues: names.map { ("power.\($0)", isPowerful ? "ok" : "EPERM") })
            .merging(["power.none": "ok"]) { $1 }
    }

    /// Sockets between a virtual machine and its host.
    func vsock(_ sweep: VsockSweep) -> [String: String] {
        let isGiven = bottle.isOpen || bottle.kind == .microvm || bottle.has(.seccompvsock) || isOutside
        var facts = ["way.plain": "ok"]
        for way in ["stream", "seqpacket", "ring", "compat", "socketcall"] {
            facts["way.\(way)"] = isGiven ? "ok" : "EPERM"
        }
        facts["way.datagram"] = isGiven ? "ENODEV" : "EPERM"
        facts["way.x32"] = "ENOSYS"
        guard sweep.includesOwn else { return facts }
        facts["context"] = "3"
        let count = sweep.ports.reduce(0) { $0 + $1.count }
        for context in Set(sweep.contexts + [2, 3, 4]) {
            var open: [UInt32] = []
            if context == 2 {
                open = [6004] + (bottle.isOpen ? [7000] : []) + (bottle.has(.vsockextra) ? [1234] : [])
            }
            facts["open.\(context)"] = open.map(String.init).joined(separator: ",")
            facts["opened.\(context)"] = "\(open.count)"
            facts["refused.\(context)"] = "\(count - open.count)"
            for name in ["unreachable", "denied", "silent", "failed"] { facts["\(name).\(context)"] = "0" }
        }
        return facts
    }

    func surfaces(_ read: [String], _ written: [String]) -> [String: String] {
        func answer(_ path: String) -> String {
            if path.hasPrefix("/proc/self/") { return "ok" }
            if path == "/dev/zero" { return "ok" }
            if path == "/dev/null" { return "null" }
            if isUnmasked, path.hasPrefix("/proc/sys/") { return "ok" }
            return path == "/proc/kcore" ? "null" : path.hasPrefix("/dev/") ? "ENOENT" : "EROFS"
        }
        var facts = ["mknod": "EPERM", "devices": "ok"]
        for path in read { facts["read:\(path)"] = answer(path) }
        for path in written { facts["write:\(path)"] = answer(path) }
        if bottle.has(.privileged) { facts["block:vda"] = "ok" }
        return facts
    }
}
