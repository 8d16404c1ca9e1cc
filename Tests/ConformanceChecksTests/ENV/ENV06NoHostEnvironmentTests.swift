// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct ENV06NoHostEnvironmentTests {
    private let check = ENV06NoHostEnvironment()
    private static let name = "BOTTLE_HOST_CANARY"
    private static let value = "gggghosthhhh"

    private func judge(_ change: (inout SessionEvidence) -> Void) -> Verdict {
        var evidence = SimulatedWorld().evidence(for: check)
        if var own = evidence[.bottle] {
            change(&own)
            evidence.sessions[.bottle] = own
        }
        return check.judge(evidence).verdict
    }

    @Test func theVariableIsFoundWhereverItIs() {
        #expect(judge { $0.probes["environment"]?.observation?.facts["env.\(Self.name)"] = "" } == .violated)
        #expect(judge { $0.probes["environment"]?.observation?.facts["env.OTHER"] = Self.value } == .violated)
        #expect(judge { $0.probes["environs"]?.observation?.facts["environ.7"] = "A=\(Self.value)\0" } == .violated)
        let hex = "hex:" + Hex.encode(Array("\u{1}\(Self.name)=x".utf8))
        #expect(judge { $0.probes["environs"]?.observation?.facts["environ.7"] = hex } == .violated)
        #expect(judge { $0.execs["shell"]?.result?.stdout += Array("\(Self.name)=1".utf8) } == .violated)
    }

    @Test func silenceProvesNothing() {
        #expect(judge { $0.hostVariables = [:] } == .inconclusive)
        #expect(judge { $0.execs["shell"]?.result?.stdout = [] } == .inconclusive)
        #expect(judge { $0.execs["shell"]?.result?.truncated = true } == .inconclusive)
        #expect(judge { $0.execs["shell"]?.result?.ending = .exited(127) } == .inconclusive)
        #expect(judge { $0.probes["environs"]?.observation?.facts["processes"] = "0" } == .inconclusive)
        #expect(judge { $0.probes["environs"]?.observation?.facts["environ.0"] = nil } == .inconclusive)
        let declared = "env.\(SuiteVariables.plain)"
        #expect(judge { $0.probes["environment"]?.observation?.facts[declared] = nil } == .inconclusive)
    }

    @Test func processesThatNobodyCanReadAreNoLeak() {
        #expect(
            judge {
                $0.probes["environs"]?.observation?.facts["readable"] = "0"
                $0.probes["environs"]?.observation?.facts["environ.0"] = nil
            } == .pass)
    }
}
