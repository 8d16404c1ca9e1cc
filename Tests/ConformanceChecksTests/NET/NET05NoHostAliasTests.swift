// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct NET05NoHostAliasTests {
    private let check = NET05NoHostAlias()

    private func judge(_ change: (inout SessionEvidence) -> Void) -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        if var own = evidence.sessions[.bottle] {
            change(&own)
            evidence.sessions[.bottle] = own
        }
        return check.judge(evidence)
    }

    private func judge(hosts text: String) -> Judgement {
        judge { $0.probes["hosts"]?.observation?.received = [Array(text.utf8)] }
    }

    @Test func everyWayIsTried() {
        let steps = SimulatedWorld().evidence(for: check)[.bottle]?.probes.keys.map { $0 } ?? []
        for key in [
            "direct/10.0.2.2/tcp/P", "direct/10.0.2.2/udp/P", "direct/10.0.2.2/tcp/80", "direct/10.0.2.2/tcp/2375",
            "direct/gateway/tcp/2375", "direct/gateway/tcp/2376", "connect/host.docker.internal/192.168.65.254/tcp/P",
            "get/host.docker.internal/192.168.65.254/tcp/2376", "connect/10.0.2.2/10.0.2.2/tcp/2375",
        ] {
            #expect(steps.contains(key), "\(key)")
        }
    }

    @Test func namesTheAlias() {
        let judgement = SimulatedWorld(faults: [.hostalias]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("the host-alias canary 192.168.65.254"))
    }

    @Test func ofAMachineTheAliasesCountThatItsTwinReaches() {
        let world = SimulatedWorld(kind: .microvm)
        let judgement = world.judge(check)
        #expect(judgement.verdict == .pass, "\(judgement.summary)")
        #expect(judgement.summary.contains("5 of them lead nowhere in the open twin either"))
        // Where it reaches none, nothing is known of any.
        var evidence = world.evidence(for: check)
        for key in evidence[.twin]?.probes.keys.filter({ $0.hasPrefix("direct/192.168.65.254/udp") }) ?? [] {
            evidence.sessions[.twin]?.probes[key]?.observation = Observation(stage: .connect, errno: "ECONNREFUSED")
        }
        let nonces = Set(evidence[.twin]?.probes.filter { $0.key.contains("/udp/") }.map(\.value.step.nonce.text) ?? [])
        evidence.sessions[.twin]?.witness.removeAll { !nonces.isDisjoint(with: $0.nonces) }
        #expect(check.judge(evidence).verdict == .inconclusive)
        // A host's alias counts on a machine as well.
        let leaked = SimulatedWorld(faults: [.hostalias], kind: .microvm).judge(check)
        #expect(leaked.verdict == .violated)
    }

    @Test(arguments: [Place.hostAlias, .runtimeAPI]) func aPlaceThatIsNotHostedIsAGap(place: Place) {
        let judgement = judge { own in
            own.field?.canaries.removeAll { $0.place == place }
            own.field?.unhosted[place.name] = "the port is taken"
        }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("the port is taken"))
    }

    @Test func whatIsSomebodysIsSaidAndNotTried() {
        let judgement = judge { $0.field?.unsafe["192.168.5.2"] = "the host reaches 192.168.5.2 through eth0 already" }
        #expect(judgement.verdict == .pass)
        #expect(judgement.summary.contains("192.168.5.2 through eth0"))
    }

    @Test func whereNoAliasIsSafeTheRowIsNotApplicable() {
        let change: (inout SessionEvidence) -> Void = { own in
            own.field?.canaries.removeAll { $0.place == .hostAlias }
            own.field?.aliases = [:]
            own.field?.unsafe["10.0.2.2"] = "the host reaches 10.0.2.2 through eth0 already"
        }
        let judgement = judge(change)
        #expect(judgement.verdict == .notApplicable)
        #expect(judgement.summary.contains("10.0.2.2 through eth0"))
        // What is proven stays proven.
        var evidence = SimulatedWorld(faults: [.gwopen]).evidence(for: check)
        if var own = evidence.sessions[.bottle] {
            change(&own)
            evidence.sessions[.bottle] = own
        }
        #expect(check.judge(evidence).verdict == .violated)
    }

    @Test(arguments: ["1.2.3.4 host.docker.internal", "# x\n1.2.3.4\tx HOST.containers.INTERNAL # y"])
    func aNameThatLeadsElsewhereProvesNothing(text: String) {
        let judgement = judge(hosts: text)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("1.2.3.4"))
    }

    @Test(arguments: [
        "", "1.2.3.4 example.org", "192.168.65.254 host.docker.internal", "# 1.2.3.4 host.docker.internal",
    ])
    func otherNamesAreNoMatter(text: String) { #expect(judge(hosts: text).verdict == .pass) }

    @Test func aHostsFileThatIsNotKnownWholeProvesNothing() {
        #expect(judge { $0.probes["hosts"]?.observation?.errno = "EACCES" }.verdict == .inconclusive)
        #expect(judge { $0.probes["hosts"]?.observation = nil }.verdict == .inconclusive)
        #expect(judge(hosts: String(repeating: "x", count: 65_536)).verdict == .inconclusive)
        #expect(judge { $0.probes["hosts"]?.observation?.errno = "ENOENT" }.verdict == .pass)
    }
}
