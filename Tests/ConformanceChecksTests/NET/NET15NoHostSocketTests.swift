// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct NET15NoHostSocketTests {
    private let check = NET15NoHostSocket()
    private let world = SimulatedWorld(capabilities: ["bundle-exec", "network-open", "logs", "tty", "guest-root"])

    private func judge(_ change: (inout SessionEvidence) -> Void) -> Judgement {
        var evidence = world.evidence(for: check)
        if var own = evidence.sessions[.bottle] {
            change(&own)
            evidence.sessions[.bottle] = own
        }
        return check.judge(evidence)
    }

    /// The judgement when one user's look has one more fact, or another one.
    private func judge(_ fact: String, _ value: String?, by user: String = "agent") -> Judgement {
        judge { $0.probes["sockets-\(user)"]?.observation?.facts[fact] = value }
    }

    @Test func bothUsersLookAndBothNamesAreTried() {
        let probes = world.evidence(for: check)[.bottle]?.probes ?? [:]
        for key in [
            "host-abstract/unix/0#0", "host-abstract/unix/0#0@root", "machine-abstract/unix/0#0", "sockets-agent",
            "sockets-root",
        ] {
            #expect(probes[key] != nil, "\(key)")
        }
        #expect(world.judge(check).verdict == .pass)
    }

    @Test func theTwinTriesWhatItShares() {
        let probes = world.evidence(for: check)[.twin]?.probes.keys.map { $0 } ?? []
        #expect(probes == ["host-abstract/unix/0#0"])
    }

    @Test(arguments: [
        ("ok /run/docker.sock", Verdict.violated), ("EACCES /run/docker.sock", .inconclusive),
        ("ECONNREFUSED /run/old.sock", .pass), ("ENAMETOOLONG /x", .inconclusive), ("ok", .inconclusive),
        ("", .inconclusive),
    ])
    func anotherSocketIsJudgedByWhoAnswers(value: String, verdict: Verdict) {
        for user in ["agent", "root"] { #expect(judge("socket.7", value, by: user).verdict == verdict) }
    }

    @Test func aMountedSocketIsALeakWhoeverListens() {
        let judgement = judge { own in
            own.probes["sockets-root"]?.observation?.facts["socket.3"] = "EACCES /run/docker.sock"
            own.probes["sockets-root"]?.observation?.facts["mount.3"] = "1"
        }
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("/run/docker.sock is mounted"))
    }

    @Test(arguments: [("decoy", "EROFS"), ("decoy", nil), ("socket.0", nil), ("unlisted.0", "/srv")])
    func aLookThatMayHaveMissedSomethingProvesNothing(fact: String, value: String?) {
        for user in ["agent", "root"] { #expect(judge(fact, value, by: user).verdict == .inconclusive) }
    }

    @Test func aLookThatDidNotEndProvesNothing() {
        #expect(judge { $0.probes["sockets-root"]?.observation?.errno = "EOVERFLOW" }.verdict == .inconclusive)
        #expect(judge { $0.probes["sockets-root"]?.observation = nil }.verdict == .inconclusive)
    }

    @Test func withoutTheHostsCanaryNothingIsKnown() {
        let judgement = judge { own in
            own.field?.canaries.removeAll { $0.place == .hostAbstract }
            own.field?.unhosted["host-abstract"] = "no abstract names here"
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("no abstract names here"))
    }

    @Test func aMachinesOwnSocketsAreNobodysOutside() {
        var machine = world
        machine.kind = .microvm
        let judgement = machine.judge(check)
        #expect(judgement.verdict == .pass, "\(judgement.summary)")
        machine.faults = [.sockmount]
        #expect(machine.judge(check).verdict == .violated)
        machine.faults = []
        var evidence = machine.evidence(for: check)
        evidence.sessions[.bottle]?.description?.machine?.agentSockets = []
        #expect(check.judge(evidence).verdict == .violated, "whose they are has to be said")
        evidence = machine.evidence(for: check)
        evidence.sessions[.bottle]?.probes["sockets-agent"]?.observation?.facts["mount.3"] = "1"
        #expect(check.judge(evidence).verdict == .violated, "a mount is a leak under any name")
    }

    @Test func aMachinesTwinHasToHaveASocketOfTheHost() {
        var machine = world
        machine.kind = .microvm
        var evidence = machine.evidence(for: check)
        evidence.sessions[.twin]?.probes["sockets-root"]?.observation?.facts["socket.4"] = "EACCES /run/host.sock"
        #expect(check.judge(evidence).verdict == .inconclusive)
        evidence = machine.evidence(for: check)
        evidence.sessions[.twin]?.description?.machine?.openedSockets = []
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
