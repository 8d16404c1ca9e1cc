// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct NET01NoHostLoopbackTests {
    private let check = NET01NoHostLoopback()
    @Test func everySpellingIsTriedOverBothTransports() {
        let keys = Set(SimulatedWorld().evidence(for: check)[.bottle]?.probes.keys.map { $0 } ?? [])
        for spelling in ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"] {
            #expect(keys.contains("\(spelling)/tcp") && keys.contains("\(spelling)/udp"), "\(spelling)")
        }
    }

    @Test func namesTheSpellingThatLeaked() {
        let judgement = SimulatedWorld(faults: [.loop127]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("127.0.0.2:20001 over TCP"))
        #expect(!judgement.summary.contains("[::1]"))
    }

    @Test func aPortInUseOrADeadLoopbackProvesNothing() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.probes["sockets"]?.observation?.facts["tcp6"] = "22/LISTEN,20001/LISTEN"
        #expect(check.judge(evidence).verdict == .inconclusive)
        evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.probes["self"]?.observation = Observation(stage: .connect, errno: "ENETUNREACH")
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func aMachineWithoutIPv6LoopbackIsNoGap() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.field?.canaries.removeAll { $0.place == .machineLoopbackV6 }
        evidence.sessions[.bottle]?.field?.unhosted["machine-loopback-v6"] = "no IPv6"
        #expect(check.judge(evidence).verdict == .pass)
        evidence.sessions[.bottle]?.field?.canaries.removeAll { $0.place == .machineLoopback }
        evidence.sessions[.bottle]?.field?.unhosted["machine-loopback"] = "the port was taken"
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("the port was taken"))
    }

    @Test func aMachineIsTriedByTheAddressOfItsHostsLoopback() {
        let world = SimulatedWorld(kind: .microvm)
        let judgement = world.judge(check)
        #expect(judgement.verdict == .pass, "\(judgement.summary)")
        #expect(judgement.summary.contains("nor does 100.96.0.1"))
        let leaked = SimulatedWorld(faults: [.loop127], kind: .microvm).judge(check)
        #expect(leaked.verdict == .violated)
        #expect(leaked.summary.contains("100.96.0.1:20001 over TCP"))
    }

    @Test func anAddressThatTheOpenTwinDoesNotGetThroughByProvesNothing() {
        let world = SimulatedWorld(kind: .microvm)
        var evidence = world.evidence(for: check)
        evidence.sessions[.twin]?.description?.network?.loopbackAlias = "100.96.0.9"
        #expect(check.judge(evidence).verdict == .inconclusive)
        evidence = world.evidence(for: check)
        evidence.sessions[.twin]?.witness = []
        evidence.sessions[.twin]?.probes["100.96.0.1/tcp"]?.observation = Observation(
            stage: .connect, errno: "ECONNREFUSED")
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
