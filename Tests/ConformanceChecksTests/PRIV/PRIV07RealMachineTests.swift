// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PRIV07RealMachineTests {
    private let check = PRIV07RealMachine()

    private func judge(root: Bool = true, _ change: (inout SessionEvidence) -> Void) -> Judgement {
        var world = SimulatedWorld.applicable("PRIV-07")
        if root { world.capabilities.insert("guest-root") }
        var evidence = world.evidence(for: check)
        if var own = evidence.sessions[.bottle] {
            change(&own)
            evidence.sessions[.bottle] = own
        }
        return check.judge(evidence)
    }

    private func observe(_ key: String, _ change: @escaping (inout Observation) -> Void) -> Judgement {
        judge { own in
            guard var observation = own.probes[key]?.observation else { return #expect(Bool(false), "no \(key)") }
            change(&observation)
            own.probes[key]?.observation = observation
        }
    }

    // MARK: - The kernel

    @Test(arguments: ["agent", "root"])
    func aHostsBootIdIsNoMachine(user: String) {
        let judgement = observe("identity-\(user)") { $0.facts["boot_id"] = "boot-host" }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("no virtual machine"))
        #expect(observe("identity-\(user)") { $0.facts["boot_id"] = nil }.verdict == .inconclusive)
        #expect(observe("identity-\(user)") { $0.facts["kernel"] = nil }.verdict == .inconclusive)
    }

    @Test func theHostsKernelUnderAnotherBootIdIsNotBelieved() {
        #expect(observe("identity-agent") { $0.facts["kernel"] = "6.1.0-host" }.verdict == .inconclusive)
    }

    // MARK: - The backend's agent

    @Test(arguments: ["1:6000", "own:6000"])
    func anAnswerToTheAgentUserIsALeakAndToRootIsNot(place: String) {
        #expect(observe("\(place)-agent") { $0.received = [[1]] }.verdict == .violated)
        let judgement = observe("\(place)-root") { $0.received = [[1]] }
        #expect(judgement.verdict == .pass)
        #expect(judgement.findings.contains { $0.text.hasPrefix("not judged: root asked") })
    }

    @Test(
        arguments: [
            (Observation.Stage.socket, "EAFNOSUPPORT", Verdict.pass), (.connect, "ECONNREFUSED", .pass),
            (.connect, "ECONNRESET", .pass), (.connect, "ETIMEDOUT", .inconclusive), (.send, "EPIPE", .pass),
            (.receive, "ECONNRESET", .pass), (.receive, "ETIMEDOUT", .inconclusive), (.done, nil, .pass),
            (.connect, nil, .inconclusive),
        ] as [(Observation.Stage, String?, Verdict)])
    func anEndingWithoutAnAnswerIsJudgedByItsKind(stage: Observation.Stage, errno: String?, verdict: Verdict) {
        let judgement = observe("1:6000-agent") {
            $0.stage = stage
            $0.errno = errno
            $0.received = []
        }
        #expect(judgement.verdict == verdict, "\(judgement)")
    }

    @Test func aPortWithoutARequestIsNotJudged() {
        #expect(judge { $0.description?.machine?.agentRequest = [] }.verdict == .inconclusive)
        #expect(judge { $0.description?.machine?.guestPorts = [] }.verdict == .pass)
    }

    // MARK: - Channels

    @Test(arguments: MachineDescription.Channel.allCases)
    func aChannelIsALeakUnlessDeclared(channel: MachineDescription.Channel) {
        let judgement = judge { $0.description?.machine?.channels = [channel] }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains(channel.rawValue))
        let declared = judge { own in
            own.description?.machine?.channels = [channel]
            own.description?.machine?.declaredChannels = [channel]
        }
        #expect(declared.verdict == .pass)
    }

    @Test func aDeviceIsALeakUnlessDeclared() {
        for device in PRIV07RealMachine.devices {
            for (answer, verdict) in ["ok": Verdict.violated, "EACCES": .violated, "ENOENT": .pass, "null": .pass] {
                let judgement = observe("devices-agent") { $0.facts["read:\(device.path)"] = answer }
                #expect(judgement.verdict == verdict, "\(device.path) \(answer)")
            }
            #expect(observe("devices-root") { $0.facts["read:\(device.path)"] = nil }.verdict == .inconclusive)
        }
        #expect(observe("devices-root") { $0.facts["read:/dev/zero"] = "EACCES" }.verdict == .inconclusive)
        let declared = judge { own in
            own.probes["devices-agent"]?.observation?.facts["read:/dev/kvm"] = "ok"
            own.description?.machine?.declaredChannels = [.nestedVirtualisation]
        }
        #expect(declared.verdict == .pass)
    }

    @Test(arguments: ["SSH_AUTH_SOCK", "DOCKER_HOST"])
    func aVariableThatNamesAnAgentIsALeak(name: String) {
        #expect(observe("environment-agent") { $0.facts["env.\(name)"] = "/run/x" }.verdict == .violated)
        #expect(observe("environment-root") { $0.facts = [:] }.verdict == .inconclusive)
    }

    // MARK: - The monitor

    private func monitor(_ change: @escaping (inout MachineDescription.Monitor) -> Void) -> Judgement {
        judge { own in
            guard var machine = own.description?.machine else { return }
            change(&machine.monitor)
            own.description?.machine = machine
        }
    }

    @Test func rightsOfTheMonitorAreALeak() {
        for index in 0..<4 { #expect(monitor { $0.uids[index] = 0 }.verdict == .violated) }
        #expect(monitor { $0.effectiveCapabilities = "0000000000001000" }.verdict == .violated)
        #expect(monitor { $0.permittedCapabilities = "0000000000001000" }.verdict == .violated)
    }

    @Test func whatIsNotToldIsNotKnown() {
        #expect(monitor { $0.uids = [] }.verdict == .inconclusive)
        #expect(monitor { $0.effectiveCapabilities = "" }.verdict == .inconclusive)
        #expect(judge { $0.description?.machine = nil }.verdict == .inconclusive)
    }

    @Test func confinementIsARecommendation() {
        #expect(judge { _ in }.summary.contains("unprivileged and confined"))
        let judgement = monitor {
            $0.seccompMode = 0
            $0.hasNoNewPrivileges = false
        }
        #expect(judgement.verdict == .pass)
        #expect(judgement.summary.contains("should be confined and has no system call filter, no no_new_privs"))
    }
}
