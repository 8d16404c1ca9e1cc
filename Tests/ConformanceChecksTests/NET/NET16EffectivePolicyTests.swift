// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct NET16EffectivePolicyTests {
    private let check = NET16EffectivePolicy()
    @Test func aTwinThatReadsBackNothingIsNotOpen() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.twin]?.description?.effectiveAllow = []
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    private func judge(_ change: (inout BottleDescription) -> Void) -> Judgement {
        var evidence = SimulatedWorld().evidence(for: check)
        if var description = evidence[.bottle]?.description {
            change(&description)
            evidence.sessions[.bottle]?.description = description
        }
        return check.judge(evidence)
    }

    @Test func anythingAddedOrLackingIsAViolation() {
        #expect(judge { $0.effectiveAllow.append("198.51.100.53/32") }.summary.contains("198.51.100.53/32"))
        #expect(judge { $0.effectiveAllow.append("198.51.100.53/32") }.verdict == .violated)
        #expect(judge { $0.effectiveAllow = [] }.verdict == .violated)
        #expect(judge { $0.effectiveResolvers = ["198.51.100.53"] }.verdict == .violated)
        #expect(judge { $0.environment["ALL_PROXY"] = "socks5://10.0.0.1:1080" }.verdict == .violated)
    }

    @Test func spellingsOfTheSamePolicyAreEqual() {
        #expect(judge { $0.effectiveAllow = [$0.bundleAddress] }.verdict == .pass)
        #expect(judge { $0.effectiveResolvers = [$0.bundleAddress] }.verdict == .pass)
    }

    @Test func aReadBackThatNeverChangesProvesNothing() {
        var evidence = SimulatedWorld().evidence(for: check)
        let twin = evidence[.twin]?.description?.bundleAddress ?? ""
        evidence.sessions[.twin]?.description?.effectiveAllow = ["\(twin)/32"]
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
