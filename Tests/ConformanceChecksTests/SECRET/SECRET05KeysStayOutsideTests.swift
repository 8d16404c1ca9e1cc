// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct SECRET05KeysStayOutsideTests {
    private let check = SECRET05KeysStayOutside()

    private func judge(_ change: (inout Evidence) -> Void) -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        change(&evidence)
        return check.judge(evidence)
    }

    private func judge(_ probe: String, _ change: (inout [String: String]) -> Void) -> Judgement {
        judge { evidence in
            var facts = evidence[.bottle]?.probes[probe]?.observation?.facts ?? [:]
            change(&facts)
            evidence.sessions[.bottle]?.probes[probe]?.observation?.facts = facts
        }
    }

    private static func add(_ place: String, to facts: inout [String: String]) {
        let count = Int(facts["places"] ?? "") ?? 0
        facts["place.\(count)"] = place
        facts["places"] = "\(count + 1)"
    }

    @Test(arguments: [
        (Fault.keytoo, Contract.caBundlePath), (.sharedca, "of the twin session"), (.keyopen, "mode 0644"),
    ])
    func whatIsBrokenIsNamed(fault: Fault, words: String) {
        let judgement = SimulatedWorld(faults: [fault]).judge(check)
        #expect(judgement.verdict == .violated && judgement.summary.contains(words), "\(judgement.summary)")
    }

    @Test(arguments: [
        "key-egress.pem file /home/node/x", "key-pipelock.hex environment 7 KEY", "key-egress.base64-2 arguments 7",
        "key-pipelock.pem-2 device /dev/vdb",
    ])
    func everyPlaceInTheGuestIsALeak(place: String) {
        #expect(judge("scan-agent") { Self.add(place, to: &$0) }.verdict == .violated)
    }

    @Test(arguments: ["key-egress.hex environment 2 KEY", "key-pipelock.hex arguments 3"])
    func everyOtherPlaceInTheBundleIsALeak(place: String) {
        #expect(judge("bundle") { Self.add(place, to: &$0) }.verdict == .violated)
    }

    /// Tokens and decoys are other rows' business.
    @Test func whatIsNoKeyIsNone() {
        #expect(judge("scan-agent") { Self.add("token.plain environment 1 TOKEN", to: &$0) }.verdict == .pass)
    }

    @Test(arguments: [
        ("scan-agent", "complete", "0"), ("scan-agent", "behind", "1"), ("scan-agent", "places", "7"),
        ("scan-agent", "unreads", "1"), ("scan-agent", "place.0", "decoy-key.pem file /elsewhere"),
        ("scan-agent", "place.0", "decoy-key.pem environment 7 X"), ("bundle", "complete", "0"),
        ("bundle", "place.1", "key-egress.pem link /x"),
    ])
    func aSearchThatIsNotWholeProvesNothing(probe: String, fact: String, value: String) {
        #expect(judge(probe) { $0[fact] = value }.verdict == .inconclusive, "\(probe) \(fact)")
    }

    @Test func whatIsNotOnTheHostIsNotKnown() {
        #expect(judge { $0.sessions[.bottle]?.authorities["pipelock"]?.keyMode = nil }.verdict == .inconclusive)
        #expect(judge { $0.sessions[.bottle]?.authorities["egress"]?.keyDigest = nil }.verdict == .inconclusive)
        #expect(judge { $0.sessions[.bottle]?.authorities = [:] }.verdict == .inconclusive)
        let alone = judge { evidence in
            for session in [Session.twin, .variant] { evidence.sessions[session]?.authorities = [:] }
        }
        #expect(alone.verdict == .inconclusive)
    }

    /// One key for both daemons, and a certificate minted anew over an old key, are the same fault.
    @Test func oneKeyForTwoIsALeak() {
        let digest = "ab"
        let judgement = judge { evidence in
            for daemon in ["egress", "pipelock"] {
                evidence.sessions[.bottle]?.authorities[daemon]?.keyDigest = digest
            }
        }
        #expect(judgement.verdict == .violated && judgement.summary.contains("of the bottle session"))
    }
}
