// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims

/// Who and where the probe is. A fact that cannot be had, for example without /proc, is left out.
enum IdentityFacts {
    /// Collects ids, names, namespaces, capabilities and the process's own restrictions.
    static func collect() -> Outcome {
        var outcome = Outcome(.done)
        let identity = probe_identity()
        outcome.note("pid", Bytes(decimal: UInt64(probe_process())))
        outcome.note("uid", Bytes(decimal: UInt64(identity.uid)))
        outcome.note("gid", Bytes(decimal: UInt64(identity.gid)))
        outcome.note("euid", Bytes(decimal: UInt64(identity.effective_uid)))
        outcome.note("egid", Bytes(decimal: UInt64(identity.effective_gid)))
        outcome.note("tty", Bytes(decimal: UInt64(identity.terminal)))
        noteGroups(&outcome)
        noteText("hostname", &outcome, probe_host_name)
        noteText("kernel", &outcome, probe_kernel_release)
        noteText("cwd", &outcome, probe_working_directory)
        if let text = Descriptor.contents("/proc/sys/kernel/random/boot_id") {
            outcome.note("boot_id", text.last == 0x0a ? Bytes(text.dropLast()) : text)
        }
        noteNamespaces(&outcome)
        noteRestrictions(&outcome)
        return outcome
    }

    private static func noteGroups(_ outcome: inout Outcome) {
        var groups = [UInt32](repeating: 0, count: 1024)
        let count = probe_groups(&groups, Int32(groups.count))
        guard count >= 0 else { return }
        var text: Bytes = []
        for group in groups[..<Int(count)] {
            if !text.isEmpty { text.append(UInt8(ascii: ",")) }
            text += Bytes(decimal: UInt64(group))
        }
        outcome.note("groups", text)
    }

    private static func noteText(
        _ name: StaticString, _ outcome: inout Outcome,
        _ read: (UnsafeMutablePointer<UInt8>, Int32) -> Int32
    ) {
        var buffer = Bytes(repeating: 0, count: 4096)
        let count = read(&buffer, Int32(buffer.count))
        if count >= 0 { outcome.note(name, Bytes(buffer[..<Int(count)])) }
    }

    private static func noteNamespaces(_ outcome: inout Outcome) {
        let spaces: [(name: StaticString, path: StaticString)] = [
            ("ns.mnt", "/proc/self/ns/mnt"), ("ns.pid", "/proc/self/ns/pid"), ("ns.net", "/proc/self/ns/net"),
            ("ns.uts", "/proc/self/ns/uts"), ("ns.ipc", "/proc/self/ns/ipc"), ("ns.user", "/proc/self/ns/user"),
            ("ns.cgroup", "/proc/self/ns/cgroup"),
        ]
        for space in spaces {
            // The link reads "net:[4026531840]".
            var buffer = Bytes(repeating: 0, count: 64)
            let count = probe_read_link(space.path.utf8Start, &buffer, buffer.count)
            guard count > 0 else { continue }
            let digits = buffer[..<count].filter { $0 >= 0x30 && $0 <= 0x39 }
            if digits.decimal != nil { outcome.note(space.name, digits) }
        }
    }

    private static func noteRestrictions(_ outcome: inout Outcome) {
        let status = Descriptor.contents("/proc/self/status").map { $0.pieces(separatedBy: 0x0a) } ?? []
        let sets: [(name: StaticString, field: StaticString, set: UInt8)] = [
            ("cap_eff", "CapEff:", UInt8(ascii: "e")), ("cap_prm", "CapPrm:", UInt8(ascii: "p")),
            ("cap_bnd", "CapBnd:", UInt8(ascii: "b")), ("cap_inh", "CapInh:", UInt8(ascii: "i")),
            ("cap_amb", "CapAmb:", UInt8(ascii: "a")),
        ]
        for set in sets {
            var bits: UInt64 = 0
            if let value = field(set.field, of: status) {
                outcome.note(set.name, value)
            } else if probe_capabilities(CChar(bitPattern: set.set), &bits) == 0 {
                outcome.note(set.name, Bytes(bits, base: 16, width: 16))
            }
        }
        if let value = field("NoNewPrivs:", of: status) ?? number(probe_no_new_privileges()) {
            outcome.note("no_new_privs", value)
        }
        if let value = field("Seccomp:", of: status) ?? number(probe_seccomp_mode()) {
            outcome.note("seccomp", value)
        }
    }

    private static func number(_ result: Int32) -> Bytes? {
        result >= 0 ? Bytes(decimal: UInt64(result)) : nil
    }

    private static func field(_ name: StaticString, of lines: [Bytes]) -> Bytes? {
        for line in lines {
            let words = line.words
            if words.count >= 2, words[0].equals(name) { return words[1] }
        }
        return nil
    }
}
