// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// FS-04: what the kernel shows as files is closed where it reaches beyond the guest.
package struct FS04KernelSurfacesClosed: Check {
    package init() {}

    package let requirement = Requirement(
        id: "FS-04",
        title: "files of the host's kernel are closed",
        statement:
            "The guest MUST NOT open for writing what steers the host's kernel (core_pattern, modprobe, sysrq, uevent_helper, "
            + "binfmt_misc, release_agent, settings in /sys), MUST NOT read its memory and log (kcore, kmsg, mem) or a raw "
            + "device, and MUST NOT make a device.",
        why:
            "A container and a namespace share the host's kernel: one write into core_pattern or release_agent starts a "
            + "program on the host as root, and a raw disk is the host's whole file system.",
        probed:
            "The agent, and root where the guest has one, open each of them and close it again without a byte read or "
            + "written, make a device, and open every block device in /dev. What the null device stands in for counts as "
            + "closed. Its own status in /proc must open for reading, and the null device for writing.",
        remedy:
            "Mount /proc/sys, /proc/sysrq-trigger and /sys read-only, put the null device over kcore and its like, give the "
            + "guest a /dev of its own, and map its root to an ordinary user.",
        kinds: [.container, .namespaces], profiles: .fullProfiles,
        mutants: ["privileged": .violated, "unmasked": .violated, "rootexec": .violated]
    )

    /// Writing one of these changes the kernel for everybody, or starts a program outside.
    static let written = [
        "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug",
        "/proc/sys/kernel/sysrq", "/proc/sysrq-trigger", "/proc/sys/kernel/panic", "/proc/sys/kernel/kptr_restrict",
        "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/drop_caches", "/proc/sys/fs/binfmt_misc/register",
        "/proc/sys/fs/binfmt_misc/status", "/sys/kernel/uevent_helper", "/sys/power/state",
        "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/module/kernel/parameters/panic",
        "/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/memory/release_agent", "/sys/fs/cgroup/rdma/release_agent",
        "/dev/mem", "/dev/kmsg", "/dev/port",
    ]
    /// These show the memory or the log of the whole machine, or are a way to a device.
    static let read = [
        "/proc/kcore", "/proc/kmsg", "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/loop-control",
        "/dev/mapper/control", "/dev/snapshot",
    ]
    /// What everybody may open: a program that nobody may read has no other file of its own in /proc.
    private static let own = (read: "/proc/self/status", written: "/dev/null")
    /// Closed, hidden, read-only, or not there at all.
    private static let refusals: Set<String> = [
        "EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "ENXIO", "ENODEV", "null",
    ]

    private static func key(_ user: String?) -> String { "surfaces-\(user ?? "agent")" }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        for user in declaration.hello.guestUsers {
            declaration.probe(
                Self.key(user), user: user,
                .surfaces(read: Self.read + [Self.own.read], write: Self.written + [Self.own.written]))
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.scene(.bottle) != nil else { return evidence.nothing(of: .bottle) }
        let users = evidence.hello.guestUsers
        return .concluding(
            users.flatMap { findings(evidence, $0) },
            pass: "\(Self.read.count + Self.written.count) files of the kernel, mknod and every block device "
                + "were closed to " + users.map { $0 ?? "the agent" }.joined(separator: " and ") + evidence.onlyAsAgent)
    }

    private func findings(_ evidence: Evidence, _ user: String?) -> [Finding] {
        let who = user ?? "the agent"
        guard let report = evidence.report(Self.key(user)) else {
            return [Evidence.silence("what \(who) can open")]
        }
        let controls = [("read", Self.own.read), ("write", Self.own.written)].map { way, path in
            ["ok", "null"].contains(report.facts["\(way):\(path)"])
                ? Finding(.permitted, .holds, "\(who) could \(way) \(path), which is for everybody")
                : Finding(
                    .permitted, .missing,
                    "\(who) could not even \(way) \(path) (\(report.facts["\(way):\(path)"] ?? "no answer")), so "
                        + "that other files are closed proves nothing: give the guest a /proc and a /dev of its own")
        }
        let files =
            Self.written.map { Self.closed(report, "write:\($0)", who, "write \($0)") }
            + Self.read.map { Self.closed(report, "read:\($0)", who, "read \($0)") }
        let disks = report.facts.keys.filter { $0.hasPrefix("block:") }.sorted().map {
            Self.closed(report, $0, who, "read the block device /dev/\($0.dropFirst("block:".count))")
        }
        return controls + files + [Self.closed(report, "mknod", who, "make a device")] + [Self.listed(report, who)]
            + disks
    }

    private static func closed(_ report: Observation, _ fact: String, _ who: String, _ deed: String) -> Finding {
        switch report.facts[fact] {
        case "ok"?: Finding(.attempt, .leak, "\(who) could \(deed)")
        case let answer? where refusals.contains(answer):
            Finding(.attempt, .holds, "\(who) could not \(deed) (\(answer))")
        case let answer:
            Finding(
                .attempt, .missing,
                "whether \(who) could \(deed) is not known (\(answer ?? "no answer")): run again")
        }
    }

    /// Whether /dev could be looked through: one that is not there has no device.
    private static func listed(_ report: Observation, _ who: String) -> Finding {
        switch report.facts["devices"] {
        case "ok"?, "ENOENT"?: Finding(.attempt, .holds, "/dev was looked through as \(who)")
        case let answer:
            Finding(
                .attempt, .missing,
                "/dev could not be looked through as \(who) (\(answer ?? "no answer")): let the guest list its /dev")
        }
    }
}
