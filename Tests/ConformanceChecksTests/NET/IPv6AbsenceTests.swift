// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

/// NET-02 and NET-03 on machines whose network carries no IPv6.
struct IPv6AbsenceTests {
    @Test(arguments: ["NET-02", "NET-03"]) func aNetworkWithoutIPv6HasToShowThatItHasNone(id: String) throws {
        let check = try SimulatedWorld.check(id)
        let world = SimulatedWorld(kind: .microvm)
        let judgement = world.judge(check)
        #expect(judgement.verdict == .pass, "\(judgement.summary)")
        #expect(judgement.summary.hasSuffix("this network carries no IPv6"))
        for session in [Session.bottle, .twin] {
            // Only both together show that nothing of this kind has a way.
            var evidence = world.evidence(for: check)
            evidence.sessions[session]?.description?.network?.carriesIPv6 = true
            #expect(check.judge(evidence).verdict == .inconclusive, "\(session)")
            evidence = world.evidence(for: check)
            evidence.sessions[session]?.probes["ipv6-routes"]?.observation = nil
            #expect(check.judge(evidence).verdict == .inconclusive, "\(session)")
            evidence = world.evidence(for: check)
            let way = "00000000000000000000000000000000 00 x 00 x x x x x eth0\n"
            evidence.sessions[session]?.probes["ipv6-routes"]?.observation?.received = [Array(way.utf8)]
            #expect(check.judge(evidence).verdict == .inconclusive, "\(session)")
        }
    }

    @Test(arguments: ["NET-02", "NET-03"]) func whatLeaksIsALeakWhateverIsClaimed(id: String) throws {
        #expect(
            SimulatedWorld(faults: [.open], kind: .microvm).judge(try SimulatedWorld.check(id)).verdict == .violated)
    }

    @Test(arguments: [
        ("fe800000000000000000000000000000 40 x 00 x x x x x eth0", 0),
        ("ff000000000000000000000000000000 08 x 00 x x x x x eth0", 0),
        ("00000000000000000000000000000000 00 x 00 x x x x x lo", 0),
        ("fd534d00000000000000000000000000 40 x 00 x x x x x eth0", 1),
        ("00000000000000000000000000000000 00 x 00 x x x x x eth0", 1),
    ]) func waysLeadBeyondTheLink(line: String, count: Int) {
        #expect(IPv6Absence.ways(line + "\n").count == count)
    }
}
