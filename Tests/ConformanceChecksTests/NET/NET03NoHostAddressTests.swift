// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct NET03NoHostAddressTests {
    private let check = NET03NoHostAddress()
    @Test func everyInterfaceIsTriedOverBothTransports() {
        let steps = SimulatedWorld().evidence(for: check)[.bottle]?.probes.keys.map { $0 } ?? []
        for key in ["gateway/tcp/P#0", "gateway/udp/P#0", "host-interface/tcp/P#1", "host-interface-v6/tcp/P#0"] {
            #expect(steps.contains(key), "\(key)")
        }
    }

    @Test func namesTheGateway() {
        let judgement = SimulatedWorld(faults: [.gwopen]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("the gateway canary 10.77."))
    }

    @Test func aMissingFamilyIsAGap() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.field?.canaries.removeAll { $0.place == .hostInterfaceV6 }
        evidence.sessions[.bottle]?.field?.unhosted["host-interface-v6"] = "IPv6 is switched off"
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.hasSuffix("IPv6 is switched off"))
    }
}
