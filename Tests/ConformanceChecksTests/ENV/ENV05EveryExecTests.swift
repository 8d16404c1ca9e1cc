// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct ENV05EveryExecTests {
    private let check = ENV05EveryExec()
    @Test func aPlanWithoutTheProxyExcusesNothing() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.plan?.guestEnvironment["HTTPS_PROXY"] = nil
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("HTTPS_PROXY"))
    }

    @Test func oneExecRunsOnATerminalWhereThereIsOne() {
        let steps = SimulatedWorld().evidence(for: check)[.bottle]?.execs.values.map(\.step.request.tty) ?? []
        #expect(steps.filter { $0 }.count == 1)
        let without = SimulatedWorld(capabilities: ["bundle-exec"])
        #expect(without.evidence(for: check)[.bottle]?.execs.values.contains { $0.step.request.tty } == false)
        let judgement = without.judge(check)
        #expect(judgement.verdict == .pass)
        #expect(judgement.summary.hasSuffix("the driver offers no terminal"))
    }

    @Test func oneWrongValueInOneExecIsAViolation() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.plan?.guestEnvironment["HTTP_PROXY"] = "http://elsewhere:1"
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("HTTP_PROXY"))
        #expect(!judgement.summary.contains("elsewhere"), "values stay out of the text")
    }

    @Test func aCutOrFailedExecProvesNothing() {
        var evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.execs["exec-2"]?.result?.stdout.removeLast(20)
        #expect(check.judge(evidence).verdict == .inconclusive)
        evidence = SimulatedWorld().evidence(for: check)
        evidence.sessions[.bottle]?.execs["exec-3"]?.result?.ending = .exited(1)
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
