// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct NET14NoVsockTests {
    private let check = NET14NoVsock()
    private static let capabilities: Set<String> = ["bundle-exec", "network-open", "logs", "guest-root"]

    private func world(_ kind: BackendKind, _ faults: Set<Fault> = []) -> SimulatedWorld {
        var world = SimulatedWorld(faults: faults, capabilities: Self.capabilities)
        world.kind = kind
        return world
    }

    private func judge(
        _ kind: BackendKind = .namespaces, _ faults: Set<Fault> = [], in session: Session = .bottle,
        change: (inout SessionEvidence) -> Void
    ) -> Judgement {
        var evidence = world(kind, faults).evidence(for: check)
        if var own = evidence.sessions[session] {
            change(&own)
            evidence.sessions[session] = own
        }
        return check.judge(evidence)
    }

    private func fact(_ name: String, _ value: String?, by user: String = "agent") -> (inout SessionEvidence) -> Void {
        { $0.probes["vsock-\(user)"]?.observation?.facts[name] = value }
    }

    @Test(arguments: BackendKind.allCases)
    func aWholeProofPasses(kind: BackendKind) {
        let judgement = check.judge(world(kind).evidence(for: check))
        #expect(judgement.verdict == .pass, "\(judgement)")
    }

    // MARK: - The host's kernel

    @Test(arguments: BackendKind.allCases)
    func nobodyIsDialledWithTheHostsKernel(kind: BackendKind) {
        for (_, own) in world(kind).evidence(for: check).sessions {
            for probe in own.probes.values {
                guard kind != .microvm else { continue }
                if case .vsock(let sweep) = probe.step.action { #expect(sweep.contexts.isEmpty && !sweep.includesOwn) }
                // Context 1 is the machine itself, and nothing else ever is.
                if case .exchange(let exchange) = probe.step.action, exchange.transport == .vsock {
                    #expect(exchange.address.hasPrefix("1:"))
                }
            }
        }
    }

    @Test(arguments: VsockWays.names)
    func everyWayCounts(way: String) {
        for user in ["agent", "root"] {
            #expect(judge(change: fact("way.\(way)", "ok", by: user)).verdict == .violated)
            #expect(judge(change: fact("way.\(way)", nil, by: user)).verdict == .inconclusive)
            #expect(judge(change: fact("way.\(way)", "EMFILE", by: user)).verdict == .inconclusive)
        }
        #expect(judge(change: fact("way.\(way)", "killed")).verdict == .pass)
    }

    @Test func aPlainSocketIsTheControl() {
        #expect(judge(change: fact("way.plain", "EPERM")).verdict == .inconclusive)
    }

    @Test func aKernelWithoutTheFamilyProvesTheFilterOnlyWhereItSpeaksFirst() {
        var evidence = world(.container).evidence(for: check)
        for session in [Session.bottle, .twin] {
            evidence.sessions[session]?.field?.canaries.removeAll { $0.place == .hostVsock }
        }
        evidence.sessions[.twin]?.probes["vsock-agent"]?.observation?.facts["way.stream"] = "EAFNOSUPPORT"
        #expect(check.judge(evidence).verdict == .pass)
        for user in ["agent", "root"] {
            evidence.sessions[.bottle]?.probes["vsock-\(user)"]?.observation?.facts["way.stream"] = "EAFNOSUPPORT"
        }
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("load the module vsock"))
    }

    @Test func theTwinMustSpeak() {
        #expect(judge(in: .twin, change: fact("way.stream", nil)).verdict == .inconclusive)
        #expect(judge(in: .twin, change: fact("way.stream", "EPERM")).verdict == .inconclusive)
    }

    @Test func whatTheCanarySawIsALeak() {
        var evidence = world(.namespaces).evidence(for: check)
        guard let key = evidence[.bottle]?.probes.keys.first(where: { $0.hasPrefix("host-vsock") }),
            let nonce = evidence[.bottle]?.probes[key]?.step.nonce.text,
            let canary = evidence[.bottle]?.field?.canaries(at: .hostVsock).first
        else { return #expect(Bool(false), "no canary was aimed at") }
        evidence.sessions[.bottle]?.witness.append(
            WitnessRecord(canary: canary.id, time: 1, peer: "cid:1:9", nonces: [nonce], bytes: []))
        #expect(check.judge(evidence).verdict == .violated)
    }

    // MARK: - A virtual machine

    @Test func aPortThatNobodyDeclaredIsALeak() {
        let judgement = check.judge(world(.microvm, [.vsockextra]).evidence(for: check))
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("port 1234 of context 2"))
    }

    @Test func aDeclaredPortIsOneOfItsOwnContextOnly() {
        func open(_ context: Int, _ port: String) -> Verdict {
            judge(.microvm) { own in
                fact("open.\(context)", port)(&own)
                fact("opened.\(context)", "1")(&own)
                let refused = own.probes["vsock-agent"]?.observation?.facts["refused.0"].flatMap { Int($0) } ?? 0
                fact("refused.\(context)", "\(refused - 1)")(&own)
            }.verdict
        }
        #expect(open(2, "6004") == .pass)
        #expect(open(1, "6000") == .pass)
        #expect(open(3, "6000") == .pass)
        #expect(open(0, "6000") == .violated)
        #expect(open(4, "6000") == .violated)
        #expect(open(2, "6000") == .violated)
        #expect(open(1, "6004") == .violated)
    }

    @Test(arguments: ["open.2", "refused.2", "silent.0", "failed.1", "context", "opened.3"])
    func aSweepThatIsNotWholeProvesNothing(name: String) {
        #expect(judge(.microvm, change: fact(name, nil, by: "root")).verdict == .inconclusive)
        #expect(judge(.microvm, change: fact("refused.2", "1")).verdict == .inconclusive)
        #expect(judge(.microvm, change: fact("failed.2", "1")).verdict == .inconclusive)
        #expect(judge(.microvm, change: fact("sweep", "EMFILE")).verdict == .inconclusive)
    }

    @Test func thePortOfTheTwinMustBeFound() {
        #expect(judge(.microvm, in: .twin, change: fact("open.2", "6004")).verdict == .inconclusive)
        let judgement = judge(.microvm, in: .twin) { $0.description?.machine?.openedPorts = [] }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("opened no port"))
    }

    @Test func theCanaryOnTheHostIsNeeded() {
        let judgement = judge(.microvm) { own in
            own.field?.canaries.removeAll { $0.place == .hostVsock }
            own.field?.unhosted["host-vsock"] = "no such family here"
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("no such family here"))
        let reached = judge(.microvm) { own in
            own.probes["canary-root"]?.observation?.received = [Array("\(own.field?.banner ?? "")".utf8)]
        }
        #expect(reached.verdict == .violated)
    }

    @Test func aMachineThatNobodyDescribesIsNotJudged() {
        #expect(judge(.microvm) { $0.description?.machine = nil }.verdict == .inconclusive)
    }

    @Test func losingEvidenceNeverMakesAPass() {
        for faults in [[], [Fault.vsockextra]] as [Set<Fault>] {
            let evidence = world(.microvm, faults).evidence(for: check)
            for removal in Removal.all(of: evidence) where !removal.isFine || faults.isEmpty {
                var less = evidence
                removal.apply(&less)
                let verdict = check.judge(less).verdict
                if faults.isEmpty { #expect(verdict != .violated, "without \(removal.name)") }
                if !faults.isEmpty { #expect(verdict != .pass, "without \(removal.name)") }
            }
            for (session, own) in evidence.sessions where faults.isEmpty {
                for key in own.probes.keys {
                    var less = evidence
                    less.sessions[session]?.probes[key]?.observation = nil
                    #expect(check.judge(less).verdict == .inconclusive, "\(session) \(key)")
                }
            }
        }
    }
}
