// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct NET02NoDirectTCPTests {
    private let check = NET02NoDirectTCP()
    @Test func saysWhatWasReachedHow() {
        let judgement = SimulatedWorld(faults: [.open]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(
            judgement.summary.hasPrefix(
                "the guest reached the off-host canary 203.0.113.10:22 directly over TCP, without the proxy: "
                    + "it read the canary's banner; "))
    }

    @Test func bothFamiliesAndAllPortsAreNeeded() {
        for (place, port) in [(Place.offHost, UInt16(8443)), (.offHostV6, 80)] {
            var evidence = SimulatedWorld().evidence(for: check)
            evidence.sessions[.bottle]?.field?.canaries.removeAll { $0.place == place && $0.port == port }
            let judgement = check.judge(evidence)
            #expect(judgement.verdict == .inconclusive)
            #expect(judgement.summary.contains("no \(place) canary on TCP port \(port)"))
        }
    }

    @Test func theAllowedHostMustBeVisitedByTheBundle() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let own = try #require(evidence[.bottle])
        let guest = try #require(own.plan?.addresses.guest)
        evidence.sessions[.bottle]?.witness = own.witness.map {
            WitnessRecord(canary: $0.canary, time: $0.time, peer: "\(guest):1", nonces: $0.nonces, bytes: $0.bytes)
        }
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func rootIsTriedAsWell() {
        let world = SimulatedWorld(capabilities: ["bundle-exec", "guest-root"])
        let steps = world.evidence(for: check)[.bottle]?.probes.values.map(\.step) ?? []
        #expect(steps.filter { $0.user == "root" }.count == 8, "seven attempts and the control")
        #expect(world.evidence(for: check)[.twin]?.probes.values.contains { $0.step.user != nil } == false)
    }
}
