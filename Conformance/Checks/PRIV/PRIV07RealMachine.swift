// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// PRIV-07: what calls itself a virtual machine is one, with nothing beside it.
package struct PRIV07RealMachine: Check {
    package init() {}

    package let requirement = Requirement(
        id: "PRIV-07",
        title: "a real virtual machine, unprivileged and bare",
        statement:
            "The guest of a virtual machine MUST run on a kernel of its own. Its agent user MUST NOT be able to drive the "
            + "backend's agent in the guest over AF_VSOCK. Forwarded agents of ssh, engine and host sockets, host "
            + "directories and disks, published ports, graphics, CUDA and nested virtualisation MUST be off unless "
            + "declared. The machine's monitor MUST be unprivileged, and SHOULD be confined.",
        why:
            "Guest and monitor are one context: who breaks the monitor is a process of the host with the monitor's rights. "
            + "The agent in the guest runs commands as root for whoever reaches its port, and each channel is a way past "
            + "the kernel's boundary for whose sake the machine is there.",
        probed:
            "The agent, and root where the guest has one, report boot id and kernel, which must be no host's, and look for "
            + "the devices of optional channels and for variables that name a forwarded agent. The agent user asks the "
            + "backend's agent on every port that the driver declares, over the loopback context and the guest's own; what "
            + "root can do there is reported and not judged. That commands run at all shows that the agent is alive. Of the "
            + "monitor the driver reads back uids, capabilities, seccomp mode, no_new_privs and namespaces from its "
            + "process, and the channels in force from its record.",
        remedy:
            "Start the monitor without root and without capabilities, with its own system call filter; have the agent in the "
            + "guest take connections of the host's context only; switch on no channel that nobody declared.",
        kinds: [.microvm], profiles: .fullProfiles,
        mutants: ["container": .violated, "agentopen": .violated, "sshagent": .violated, "published": .violated]
    )

    /// What would be there with a channel, by channel.
    static let devices: [(path: String, channel: MachineDescription.Channel)] = [
        ("/dev/kvm", .nestedVirtualisation), ("/dev/dri/card0", .gpu), ("/dev/dri/renderD128", .gpu),
        ("/dev/kfd", .gpu), ("/dev/nvidiactl", .cuda), ("/dev/nvidia0", .cuda),
    ]
    static let variables: [(name: String, channel: MachineDescription.Channel)] = [
        ("SSH_AUTH_SOCK", .sshAgent), ("DOCKER_HOST", .engineSocket),
    ]
    /// The loopback context, and the guest's own.
    private static let contexts = ["1", Exchange.ownContext]
    /// How a kernel says that nobody is there, or a filter that nobody may ask.
    private static let refusals: Set<String> = [
        "EPERM", "EACCES", "EAFNOSUPPORT", "ESOCKTNOSUPPORT", "ENODEV", "ECONNREFUSED", "ECONNRESET", "EPIPE",
        "ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL",
    ]
    private static let hangUps: Set<String> = ["ECONNRESET", "EPIPE", "ENOTCONN", "ECONNABORTED"]

    private static func key(_ what: String, _ user: String?) -> String { "\(what)-\(user ?? "agent")" }
    private static func key(_ port: UInt32, in context: String, _ user: String?) -> String {
        key("\(context):\(port)", user)
    }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session == .bottle else { return }
        let machine = declaration.description.machine
        for user in declaration.hello.guestUsers {
            declaration.probe(Self.key("identity", user), user: user, .identity)
            declaration.probe(Self.key("environment", user), user: user, .environment)
            // The null device is the control: it can be opened by everybody.
            declaration.probe(
                Self.key("devices", user), user: user,
                .surfaces(read: Self.devices.map(\.path) + [Self.harmless], write: []))
            for port in machine?.guestPorts ?? [] {
                for context in Self.contexts {
                    declaration.probe(
                        Self.key(port.port, in: context, user), user: user,
                        .exchange(
                            Exchange(
                                .vsock, "\(context):\(port.port)", 0,
                                turns: [Exchange.Turn(send: machine?.agentRequest ?? [], until: .bytes(1))])))
                }
            }
        }
    }

    private static let harmless = "/dev/zero"

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        var findings = evidence.absence(of: .bottle).map { [Finding(.attempt, .missing, $0)] } ?? []
        let users = evidence.hello.guestUsers
        findings += users.flatMap { kernel(evidence, $0) }
        guard let machine = scene.description.machine else {
            let why = "the driver describes no machine, so that nothing is known of its monitor: describe it"
            return .concluding(findings + [Finding(.fact, .missing, why)], pass: "")
        }
        findings += users.flatMap { inside(evidence, machine, $0) }
        findings += agent(evidence, machine, users)
        findings += channels(machine) + monitor(machine)
        return .concluding(
            findings,
            pass:
                "the guest has a kernel of its own, its agent user gets nothing out of the backend's agent, nothing beside "
                + "it is on, and the monitor is unprivileged\(confinement(evidence, machine))\(evidence.onlyAsAgent)")
    }

    // MARK: - The kernel

    private func kernel(_ evidence: Evidence, _ user: String?) -> [Finding] {
        let who = user ?? "the agent"
        guard let report = evidence.report(Self.key("identity", user)) else {
            return [Evidence.silence("the kernel that \(who) runs on")]
        }
        guard let boot = report.facts["boot_id"], !boot.isEmpty, let kernel = report.facts["kernel"], !kernel.isEmpty
        else {
            return [Finding(.fact, .missing, "the probe did not report the boot id and kernel of \(who): run again")]
        }
        guard !evidence.hosts.isEmpty, evidence.hosts.allSatisfy({ !$0.bootID.isEmpty }) else {
            return [Finding(.fact, .missing, "no boot id of a host is known to compare with: run again")]
        }
        if let host = evidence.hosts.first(where: { $0.bootID == boot }) {
            return [
                Finding(
                    .fact, .leak,
                    "\(who) runs on the kernel of \(host.name), with its boot id \(boot): this is no virtual machine")
            ]
        }
        // A file can stand in front of a boot id, but not in front of what the kernel calls itself.
        if let host = evidence.hosts.first(where: { $0.kernel == kernel }) {
            return [
                Finding(
                    .fact, .missing,
                    "the kernel of \(who) calls itself \(kernel), as that of \(host.name) does, and only its boot id is "
                        + "another: boot the guest with a kernel that can be told from its host's")
            ]
        }
        return [Finding(.fact, .holds, "\(who) runs on a kernel of its own (\(kernel), boot id \(boot))")]
    }

    // MARK: - What is inside

    private func inside(_ evidence: Evidence, _ machine: MachineDescription, _ user: String?) -> [Finding] {
        let who = user ?? "the agent"
        var findings: [Finding] = []
        if let report = evidence.report(Self.key("devices", user)),
            report.facts["read:\(Self.harmless)"] == "ok"
        {
            findings += Self.devices.map { device in
                switch report.facts["read:\(device.path)"] {
                case nil: Finding(.fact, .missing, "the probe did not report \(device.path) of \(who): run again")
                case "ENOENT"?, "ENXIO"?, "ENODEV"?, "null"?:
                    Finding(.fact, .holds, "\(who) has no \(device.path)")
                case let answer?:
                    machine.declaredChannels.contains(device.channel)
                        ? Finding(.fact, .holds, "\(who) has \(device.path), which is declared")
                        : Finding(
                            .fact, .leak,
                            "\(who) has \(device.path) (\(answer)), though \(device.channel.rawValue) is not declared")
                }
            }
        } else {
            findings.append(Evidence.silence("the devices of \(who)"))
        }
        guard let report = evidence.report(Self.key("environment", user)), !report.facts.isEmpty else {
            return findings + [Evidence.silence("the environment of \(who)")]
        }
        let named = Self.variables.filter {
            report.facts["env.\($0.name)"] != nil && !machine.declaredChannels.contains($0.channel)
        }
        return findings
            + (named.isEmpty
                ? [Finding(.fact, .holds, "no variable of \(who) names a forwarded agent")]
                : named.map {
                    Finding(
                        .fact, .leak,
                        "\($0.name) is set for \(who), though \($0.channel.rawValue) is not declared: forward none")
                })
    }

    // MARK: - The backend's agent

    private func agent(_ evidence: Evidence, _ machine: MachineDescription, _ users: [String?]) -> [Finding] {
        guard !machine.guestPorts.isEmpty else {
            return [Finding(.fact, .holds, "the backend has no agent that listens in the guest, by the driver's word")]
        }
        guard !machine.agentRequest.isEmpty else {
            return [
                Finding(
                    .attempt, .missing,
                    "the driver declares a port of the agent in the guest and nothing that this would answer, so nobody can "
                        + "tell whether it answers: declare a request")
            ]
        }
        return users.flatMap { user in
            machine.guestPorts.flatMap { port in
                Self.contexts.map { context in
                    let finding = driven(evidence, port, context, user)
                    // Root of the guest owns all of it: a boundary inside the guest would be none.
                    guard user != nil, finding.state == .leak else { return finding }
                    return Finding(.fact, .holds, "not judged: \(finding.text)")
                }
            }
        }
    }

    private func driven(
        _ evidence: Evidence, _ port: MachineDescription.Port, _ context: String, _ user: String?
    ) -> Finding {
        let who = user ?? "the agent"
        let place = "the \(port.purpose) port \(port.port) of context \(context)"
        guard let observation = evidence.probe(Self.key(port.port, in: context, user))?.observation,
            !observation.killed
        else { return Evidence.silence("\(place) as \(who)") }
        guard observation.received.allSatisfy(\.isEmpty) else {
            return Finding(
                .attempt, .leak,
                "\(who) asked \(place) in the guest and was answered: have it take connections of the host only")
        }
        let errno = observation.errno
        switch observation.stage {
        case .socket, .connect:
            if let errno, Self.refusals.contains(errno) {
                return Finding(.attempt, .holds, "\(place) was refused to \(who) (\(errno))")
            }
        case .send, .receive:
            if let errno, Self.hangUps.contains(errno) {
                return Finding(.attempt, .holds, "\(place) hung up on \(who) without an answer (\(errno))")
            }
        case .done: return Finding(.attempt, .holds, "\(place) hung up on \(who) without an answer")
        }
        return Finding(
            .attempt, .missing,
            "asking \(place) as \(who) ended in neither an answer nor a refusal (\(errno ?? "no error")): run again")
    }

    // MARK: - The monitor

    private func channels(_ machine: MachineDescription) -> [Finding] {
        let extra = machine.channels.subtracting(machine.declaredChannels).map(\.rawValue).sorted()
        guard extra.isEmpty else {
            return extra.map { Finding(.fact, .leak, "\($0) is on, though nobody declared it: switch it off") }
        }
        return [Finding(.fact, .holds, "no channel is on that was not declared, by the machine's own record")]
    }

    private func monitor(_ machine: MachineDescription) -> [Finding] {
        let monitor = machine.monitor
        let masks = [monitor.effectiveCapabilities, monitor.permittedCapabilities].map { UInt64($0, radix: 16) }
        guard monitor.uids.count == 4, !masks.contains(nil) else {
            return [
                Finding(
                    .fact, .missing,
                    "the driver does not tell the four uids and the capabilities of the machine's monitor: read them back"
                )
            ]
        }
        let uids = Set(monitor.uids).sorted().map(String.init).joined(separator: ", ")
        let user =
            monitor.uids.contains(0)
            ? Finding(.fact, .leak, "the machine's monitor runs as root: give it a user of its own")
            : Finding(.fact, .holds, "the machine's monitor runs as uid \(uids)")
        let capabilities =
            masks.allSatisfy { $0 == 0 }
            ? Finding(.fact, .holds, "the machine's monitor has no capability")
            : Finding(
                .fact, .leak,
                "the machine's monitor has capabilities (effective \(monitor.effectiveCapabilities), permitted "
                    + "\(monitor.permittedCapabilities)): drop them")
        return [user, capabilities]
    }

    /// What of the confinement, which is a recommendation, is there; the end of the sentence of a pass.
    private func confinement(_ evidence: Evidence, _ machine: MachineDescription) -> String {
        let monitor = machine.monitor
        let hosts = evidence.hosts.map(\.namespaces)
        let own = monitor.namespaces.filter { name, inode in
            hosts.contains { $0[name] != nil } && !hosts.contains { $0[name] == inode }
        }
        var missing: [String] = []
        if monitor.seccompMode != 2 { missing.append("no system call filter") }
        if !monitor.hasNoNewPrivileges { missing.append("no no_new_privs") }
        if monitor.seccompMode != 2, own.isEmpty { missing.append("no namespace of its own") }
        return missing.isEmpty
            ? " and confined" : ", but it should be confined and has \(missing.joined(separator: ", "))"
    }
}
