// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// NET-14: AF_VSOCK, which no network namespace and no packet filter holds, leads nowhere.
package struct NET14NoVsock: Check {
    package init() {}

    package let requirement = Requirement(
        id: "NET-14",
        title: "AF_VSOCK reaches nothing but the control port",
        statement:
            "A guest that shares its host's kernel MUST NOT get a socket of AF_VSOCK at all. In a virtual machine AF_VSOCK "
            + "MUST reach nothing but the ports that the backend declares for its own control.",
        why:
            "AF_VSOCK joins a virtual machine with its host, past every network namespace, route and packet filter. Most "
            + "machines of a cloud are virtual, so a container with such a socket speaks to whoever runs the machine; and a "
            + "forgotten port of a machine's monitor is an agent of keys or an engine's socket.",
        probed:
            "The agent, and root where the guest has one, ask for stream, sequenced and datagram sockets, and for streams "
            + "through io_uring and the 32-bit interfaces, which filters of calls overlook. A guest with the host's kernel "
            + "must get none, and the open twin of the same probe must be answered otherwise, or the refusal is the "
            + "kernel's and proves nothing about the bottle. It connects to nobody but a canary of this machine. A virtual "
            + "machine connects to ports 1 to 2000, 2375, 5000 to 5099, 6000 to 6200, 7000 to 7099, 9099 and the canary's "
            + "of contexts 0 to 4, its own and those beside it: what accepts must be declared, and a port that the open "
            + "twin has opened must be found.",
        remedy:
            "Refuse the family with a system call filter, and with it io_uring and the 32-bit interface's socketcall, whose "
            + "arguments no filter sees. Map no port of a virtual machine to the host but the control port.",
        profiles: .fullProfiles,
        mutants: ["seccompvsock": .violated, "vsockextra": .violated, "closedtwin": .inconclusive]
    )

    private static let need = CanaryNeed(.hostVsock, .vsock, optional: true)
    private static let contexts: [UInt32] = [0, 1, 2, 3, 4]
    private static let hostContext: UInt32 = 2
    private static let localContext: UInt32 = 1
    /// Milliseconds for all ports of all contexts, of which several may never answer.
    private static let budget = 40_000
    private static let sweepCounts = ["opened", "refused", "unreachable", "denied", "silent", "failed"]

    private static func key(_ user: String?) -> String { "vsock-\(user ?? "agent")" }
    private static func greetingKey(_ user: String?) -> String { "canary-\(user ?? "agent")" }

    /// The ports that the row names, those that the driver declared or opened, and the canary's.
    static func ports(_ description: BottleDescription, _ field: SessionField) -> [ClosedRange<UInt32>] {
        let named: [ClosedRange<UInt32>] = [
            1...2000, 2375...2375, 5000...5099, 6000...6200, 7000...7099, 9099...9099,
        ]
        let machine = description.machine
        let own = (machine?.hostPorts ?? []).map(\.port) + (machine?.guestPorts ?? []).map(\.port)
        let others = Set(own + (machine?.openedPorts ?? []) + [UInt32(field.port)])
        return named + others.filter { port in !named.contains { $0.contains(port) } }.sorted().map { $0...$0 }
    }

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        let isMachine = declaration.hello.kind == .microvm
        for user in declaration.session == .twin ? [nil] : declaration.hello.guestUsers {
            let sweep =
                isMachine
                ? VsockSweep(
                    contexts: Self.contexts, includesOwn: true,
                    ports: Self.ports(declaration.description, declaration.field), timeout: Self.budget)
                : VsockSweep()
            declaration.probe(Self.key(user), user: user, .vsock(sweep))
            guard isMachine, declaration.session == .bottle,
                let canary = Self.need.canaries(in: declaration.field).first
            else { continue }
            let nonce = Nonce.fresh()
            declaration.probe(
                Self.greetingKey(user), nonce: nonce, user: user, canary: canary,
                .exchange(canary.greeting(nonce, to: "\(Self.hostContext)", zone: declaration.field.zone)))
        }
        // To its own kernel a guest without a machine of its own says only what stays on this one.
        guard !isMachine else { return }
        declaration.attempt(Self.aims(declaration.field))
        if declaration.session == .bottle { declaration.askHealth() }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        return evidence.hello.kind == .microvm ? machine(evidence, scene) : shared(evidence, scene)
    }

    private static func aims(_ field: SessionField) -> [Aim] { need.aims(in: field, manner: "of this machine") }

    private func ways(_ evidence: Evidence, _ user: String?, in session: Session = .bottle) -> VsockWays? {
        evidence.report(Self.key(user), in: session).map { VsockWays(report: $0, who: user ?? "the agent") }
    }

    // MARK: - A guest with the host's kernel

    private func shared(_ evidence: Evidence, _ scene: SessionScene) -> Judgement {
        let users = evidence.hello.guestUsers
        let twin = ways(evidence, nil, in: .twin)
        var findings = users.flatMap { user -> [Finding] in
            guard let own = ways(evidence, user) else {
                return [Evidence.silence("AF_VSOCK as \(user ?? "the agent")")]
            }
            return [own.control] + own.refused(twin: twin)
        }
        findings += absences(evidence)
        findings.append(twin?.opened ?? Evidence.silence("AF_VSOCK in the open twin"))
        let aims = Self.aims(scene.field)
        var denial = Denial(attempts: aims.attempts(evidence), permitted: Declaration.health(evidence))
        // The probe itself is the proof; a canary beside it says where such a socket would have led.
        if aims.isEmpty || twin?[VsockWays.first] != "ok" { denial.attempts = [] }
        let watched = denial.attempts.isEmpty ? "" : ", and no canary of this machine heard of it"
        let words = users.map { $0 ?? "the agent" }.joined(separator: " and ")
        let pass = "AF_VSOCK was refused to \(words) in \(VsockWays.names.count) ways\(watched)\(evidence.onlyAsAgent)"
        guard !denial.attempts.isEmpty else { return .concluding(findings, pass: pass) }
        return denial.judge(evidence, with: findings, pass: pass)
    }

    /// Sessions that are not there, or did not stay.
    private func absences(_ evidence: Evidence) -> [Finding] {
        [Session.bottle, .twin].compactMap { evidence.absence(of: $0) }.map { Finding(.attempt, .missing, $0) }
    }

    // MARK: - A virtual machine

    private func machine(_ evidence: Evidence, _ scene: SessionScene) -> Judgement {
        guard let machine = scene.description.machine else {
            let why = "the driver describes no machine, so that nobody knows which ports are its own: describe it"
            return .concluding(absences(evidence) + [Finding(.fact, .missing, why)], pass: "")
        }
        let users = evidence.hello.guestUsers
        let twin = ways(evidence, nil, in: .twin)
        var findings =
            absences(evidence)
            + users.flatMap { user -> [Finding] in
                guard let own = ways(evidence, user) else {
                    return [Evidence.silence("AF_VSOCK as \(user ?? "the agent")")]
                }
                // A guest that gets no socket reaches nobody, and is judged as one that shares its host's kernel.
                guard own[VsockWays.first] == "ok" else { return [own.control] + own.refused(twin: twin) }
                return [own.control] + swept(own, machine, Self.ports(scene.description, scene.field))
            }
        findings += users.flatMap { canary(evidence, scene, $0) }
        findings += opened(evidence, twin)
        let named = machine.hostPorts.map { port in "\(port.port) (\(port.purpose))" }.joined(separator: ", ")
        return .concluding(
            findings,
            pass: "over AF_VSOCK the guest reaches nothing but the declared ports "
                + "\(named.isEmpty ? "(none of the host)" : named)\(evidence.onlyAsAgent)")
    }

    private func swept(
        _ own: VsockWays, _ machine: MachineDescription, _ ports: [ClosedRange<UInt32>]
    ) -> [Finding] {
        let facts = own.report.facts
        if let failure = facts["sweep"] {
            return [Finding(.attempt, .missing, "\(own.who) could not try all ports (\(failure)): run again")]
        }
        let wanted = ports.reduce(0) { $0 + $1.count }
        let local = facts["context"].flatMap { UInt32($0) }
        guard local != nil || facts["context"] == "ENODEV" else {
            return [Finding(.attempt, .missing, "\(own.who) could not tell its own context: run again")]
        }
        let near = local.map { [$0 &- 1, $0, $0 &+ 1] } ?? []
        return Set(Self.contexts + near).sorted().flatMap { context -> [Finding] in
            let counts = Self.sweepCounts.map { facts["\($0).\(context)"].flatMap { Int($0) } }
            let failed = facts["failed.\(context)"].flatMap { Int($0) }
            let open = facts["open.\(context)"].map { $0.split(separator: ",").compactMap { UInt32($0) } }
            guard let open, let failed, !counts.contains(nil) else {
                return [
                    Finding(.attempt, .missing, "no whole answer about context \(context) as \(own.who): run again")
                ]
            }
            let declared =
                context == Self.hostContext
                ? machine.hostPorts : [Self.localContext, local].contains(context) ? machine.guestPorts : []
            let extra = open.filter { port in !declared.contains { $0.port == port } }
            var findings = extra.map {
                Finding(
                    .attempt, .leak,
                    "\(own.who) reached port \($0) of context \(context) over AF_VSOCK, which is no declared port: map it "
                        + "to nothing")
            }
            let tried = counts.compactMap(\.self).reduce(0, +)
            if tried != wanted || failed > 0 || counts.first != open.count {
                let error = facts["error.\(context)"].map { ", the last with \($0)" } ?? ""
                findings.append(
                    Finding(
                        .attempt, .missing,
                        "\(own.who) tried \(tried) of \(wanted) ports of context \(context), of which \(failed) ended in "
                            + "nothing known\(error): run again"))
            }
            if findings.isEmpty {
                let allowed = open.isEmpty ? "none" : open.map(String.init).joined(separator: ", ")
                findings = [
                    Finding(
                        .attempt, .holds,
                        "of \(wanted) ports of context \(context) \(own.who) reached \(allowed)"
                            + (open.isEmpty ? "" : ", as declared"))
                ]
            }
            return findings
        }
    }

    /// The host's own listener: a monitor that hands the family on to its host's kernel would lead to it.
    private func canary(_ evidence: Evidence, _ scene: SessionScene, _ user: String?) -> [Finding] {
        let who = user ?? "the agent"
        guard let canary = Self.need.canaries(in: scene.field).first else {
            let reason = scene.field.unhosted[Place.hostVsock.name] ?? "the harness opened none"
            return [Finding(.target, .missing, "there is no canary of AF_VSOCK on the host: \(reason)")]
        }
        var findings: [Finding] = []
        if let fault = evidence.controlFault(of: canary, in: .bottle) {
            findings.append(Finding(.target, .missing, fault))
        }
        if scene.own.unfenced.contains(canary.id) {
            findings.append(
                Finding(
                    .witness, .missing, "the canary \(canary.id) was not seen to be drained after the end: run again"))
        }
        let step = evidence.probe(Self.greetingKey(user))
        let seen = step.map { evidence.records(of: $0.step.nonce.text) } ?? []
        let outcome = Outcome.classify(
            step?.observation, banner: scene.field.banner, witnessHits: seen.count)
        if outcome == .reached {
            let peer = seen.first.map { "; it saw the nonce come from \($0.peer)" } ?? ""
            findings.append(
                Finding(
                    .witness, .leak, "\(who) reached the canary on the host's port \(canary.port) over AF_VSOCK\(peer)")
            )
        } else if step?.observation?.stage != .socket, !Outcome.denials.contains(outcome) {
            findings.append(
                Finding(
                    .attempt, .missing,
                    "the attempt of \(who) on the canary of AF_VSOCK ended \(outcome.rawValue), which proves no denial")
            )
        } else if step?.observation == nil || step?.observation?.killed == true {
            findings.append(Evidence.silence("the canary of AF_VSOCK as \(who)"))
        }
        if findings.isEmpty {
            findings.append(
                Finding(
                    .witness, .holds,
                    "the canary on the host's port \(canary.port) answered the harness and saw nothing of \(who)")
            )
        }
        return findings
    }

    /// The same probe finds a port that is open: otherwise that it found none in the bottle proves nothing.
    private func opened(_ evidence: Evidence, _ twin: VsockWays?) -> [Finding] {
        guard let twin else { return [Evidence.silence("AF_VSOCK in the open twin")] }
        guard twin[VsockWays.first] == "ok" else { return [twin.opened] }
        let opened = evidence[.twin]?.description?.machine?.openedPorts ?? []
        let text = twin.report.facts["open.\(Self.hostContext)"] ?? ""
        let found = Set(text.split(separator: ",").compactMap { UInt32($0) })
        guard !opened.isEmpty else {
            return [
                Finding(
                    .twin, .missing,
                    "the driver opened no port of the host in the open twin, so nothing shows that the probe would find one"
                )
            ]
        }
        guard opened.allSatisfy(found.contains) else {
            return [
                Finding(
                    .twin, .missing,
                    "the probe did not find port \(opened.map(String.init).joined(separator: ", ")) of the host in the open "
                        + "twin, so that it found none in the bottle proves nothing")
            ]
        }
        return [
            Finding(
                .twin, .holds,
                "the same probe found port \(opened.map(String.init).joined(separator: ", ")) of the host in the open twin"
            )
        ]
    }
}
