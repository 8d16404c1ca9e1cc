// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
package import ConformanceEngine

/// PRIV-02: the guest holds no dangerous capability and no way to one.
package struct PRIV02NoCapabilities: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PRIV-02",
        title: "no dangerous capability, no_new_privs set",
        statement:
            "A process of the guest MUST NOT hold CAP_SYS_ADMIN, NET_ADMIN, NET_RAW, SYS_PTRACE, SYS_MODULE, SYS_RAWIO, "
            + "DAC_READ_SEARCH, BPF, PERFMON or SYSLOG, and no_new_privs MUST be set.",
        why:
            "A container and a namespace share the host's kernel. Each of these capabilities opens a part of it, and a "
            + "program with the setuid bit brings them all unless no_new_privs is set.",
        probed:
            "The agent, and root where the guest has one, report their effective, permitted, inheritable and ambient "
            + "capabilities and no_new_privs. Masks can lie about a user namespace, so what needs a capability is tried as "
            + "well, each time so that nothing changes: raw and packet sockets, a network interface, a mount, the host "
            + "name, a kernel module, a file handle, BPF and the kernel's log. A plain socket must work the same way.",
        remedy:
            "Drop all capabilities, for root in the guest too, and set no_new_privs before the first process starts.",
        kinds: [.container, .namespaces], profiles: .fullProfiles,
        mutants: [
            "capall": .violated, "privileged": .violated, "hostexec": .violated,
            "rootexec": .violated,
        ]
    )

    /// By number, from linux/capability.h.
    static let forbidden: [(bit: Int, name: String)] = [
        (2, "DAC_READ_SEARCH"), (12, "NET_ADMIN"), (13, "NET_RAW"), (16, "SYS_MODULE"), (17, "SYS_RAWIO"),
        (19, "SYS_PTRACE"), (21, "SYS_ADMIN"), (34, "SYSLOG"), (38, "PERFMON"), (39, "BPF"),
    ]
    private static let sets = [
        "cap_eff": "effective", "cap_prm": "permitted", "cap_inh": "inheritable", "cap_amb": "ambient",
    ]
    /// What the probe tries, beside `none`, which needs nothing.
    static let powers = [
        "raw-socket", "packet-socket", "interface", "mount", "hostname", "module", "file-handle", "bpf", "kernel-log",
    ]
    /// How a kernel or a filter of its calls says no; ENOSYS and EAFNOSUPPORT say that there is no such thing.
    private static let refusals: Set<String> = ["EPERM", "EACCES", "ENOSYS", "EAFNOSUPPORT"]

    private static func key(_ what: String, _ user: String?) -> String { "\(what)-\(user ?? "agent")" }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        for user in declaration.hello.guestUsers {
            declaration.probe(Self.key("identity", user), user: user, .identity)
            declaration.probe(Self.key("powers", user), user: user, .powers)
        }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard evidence.scene(.bottle) != nil else { return evidence.nothing(of: .bottle) }
        let users = evidence.hello.guestUsers
        return .concluding(
            users.flatMap { masks(evidence, $0) + attempts(evidence, $0) },
            pass: users.map { $0 ?? "the agent" }.joined(separator: " and ")
                + " \(users.count == 1 ? "holds" : "hold") no dangerous capability, tried and by the kernel's word, and no_new_privs is set"
                + evidence.onlyAsAgent)
    }

    private func masks(_ evidence: Evidence, _ user: String?) -> [Finding] {
        let who = user ?? "the agent"
        guard let report = evidence.report(Self.key("identity", user)) else {
            return [Evidence.silence("the capabilities of \(who)")]
        }
        var findings = Self.sets.sorted { $0.key < $1.key }.map { fact, name in
            guard let bits = report.facts[fact].flatMap({ UInt64($0, radix: 16) }) else {
                return Finding(
                    .fact, .missing, "the probe did not report the \(name) capabilities of \(who): run again")
            }
            let held = Self.forbidden.filter { bits >> $0.bit & 1 == 1 }.map(\.name)
            return held.isEmpty
                ? Finding(.fact, .holds, "\(who) has no dangerous \(name) capability (mask \(String(bits, radix: 16)))")
                : Finding(.fact, .leak, "\(who) has the \(name) capabilities \(held.joined(separator: ", "))")
        }
        switch report.facts["no_new_privs"] {
        case "1"?: findings.append(Finding(.fact, .holds, "no_new_privs is set for \(who)"))
        case "0"?: findings.append(Finding(.fact, .leak, "no_new_privs is not set for \(who)"))
        default:
            findings.append(Finding(.fact, .missing, "the probe did not report no_new_privs of \(who): run again"))
        }
        return findings
    }

    private func attempts(_ evidence: Evidence, _ user: String?) -> [Finding] {
        let who = user ?? "the agent"
        guard let report = evidence.report(Self.key("powers", user)) else {
            return [Evidence.silence("what \(who) is able to do")]
        }
        let control =
            report.facts["power.none"] == "ok"
            ? Finding(.permitted, .holds, "\(who) can open a plain socket")
            : Finding(
                .permitted, .missing,
                "\(who) cannot even open a plain socket (\(report.facts["power.none"] ?? "no answer")), so what else is "
                    + "refused proves nothing: allow ordinary sockets")
        return [control]
            + Self.powers.map { power in
                switch report.facts["power.\(power)"] {
                case "ok"?: Finding(.attempt, .leak, "\(who) was allowed what needs a capability: \(power)")
                case let errno? where Self.refusals.contains(errno):
                    Finding(.attempt, .holds, "\(power) was refused to \(who) (\(errno))")
                case let errno:
                    Finding(
                        .attempt, .missing,
                        "trying \(power) as \(who) ended in neither a permission nor a refusal "
                            + "(\(errno ?? "no answer")): run again")
                }
            }
    }
}
