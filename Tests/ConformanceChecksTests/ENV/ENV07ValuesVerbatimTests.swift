// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct ENV07ValuesVerbatimTests {
    private let check = ENV07ValuesVerbatim()

    private func judge(_ change: (inout [String: String]) -> Void) -> Verdict {
        var evidence = SimulatedWorld().evidence(for: check)
        if var facts = evidence[.bottle]?.probes["environment"]?.observation?.facts {
            change(&facts)
            evidence.sessions[.bottle]?.probes["environment"]?.observation?.facts = facts
        }
        return check.judge(evidence).verdict
    }

    @Test(arguments: SuiteVariables.verbatim.keys.filter { $0 != SuiteVariables.plain }.sorted())
    func everyValueCounts(name: String) {
        #expect(judge { $0["env.\(name)"]?.append("x") } == .violated)
        #expect(judge { $0["env.\(name)"] = nil } == .violated)
    }

    @Test func equalLookingTextIsNotTheSame() {
        // "u" and a combining diaeresis.
        #expect(
            judge { facts in
                facts["env.BOTTLE_SUITE_UTF8"] = facts["env.BOTTLE_SUITE_UTF8"]?.replacing("ü", with: "u\u{308}")
            } == .violated)
    }

    @Test func withoutAnyVariableTheChannelIsMissing() {
        #expect(judge { $0["env.\(SuiteVariables.plain)"] = nil } == .inconclusive)
    }
}
