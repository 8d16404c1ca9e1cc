// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct ENV03ComputedKeysWinTests {
    private let check = ENV03ComputedKeysWin()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("a variable is lost", says: "EDITOR is absent") { $0.plan.guestEnvironment["EDITOR"] = nil },
        PlanChange("a value is changed", says: "GREETING is") { $0.plan.guestEnvironment["GREETING"]?.append(" ") },
        PlanChange("a name is changed", says: "lower_case is absent") {
            $0.plan.guestEnvironment["lower_case"] = nil; $0.plan.guestEnvironment["LOWER_CASE"] = "stays"
        },
        PlanChange("the proxy is the manifest's", says: "HTTPS_PROXY is", on: .container) {
            $0.plan.guestEnvironment["HTTPS_PROXY"] = "http://198.51.100.9:1"
        },
        PlanChange("the lower-case one is", says: "https_proxy is", on: .container) {
            $0.plan.guestEnvironment["https_proxy"] = "http://198.51.100.9:1"
        },
        PlanChange("an exception is added", says: "no_proxy is", on: .microvm) {
            $0.plan.guestEnvironment["no_proxy"] = "*"
        },
        PlanChange("the trust store is", says: "SSL_CERT_FILE is", on: .microvm) {
            $0.plan.guestEnvironment["SSL_CERT_FILE"] = "http://198.51.100.9:1"
        },
        PlanChange("what the bottle does not have", says: "GIT_GATE_URL is") {
            if $0.plan.gitUpstreams.isEmpty { $0.plan.guestEnvironment["GIT_GATE_URL"] = "http://198.51.100.9:1/x" }
        },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    /// A driver that refuses the manifest keeps the variables out as well.
    @Test func aRefusalKeepsThemOut() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        for (key, outcome) in evidence.plans where key != "harmless" {
            evidence.plans[key] = PlanOutcome(step: outcome.step, report: nil, error: "no", refused: true)
        }
        #expect(check.judge(evidence).verdict == .pass)
        evidence.plans["harmless"]?.report = nil
        evidence.plans["harmless"]?.refused = true
        #expect(check.judge(evidence).verdict == .inconclusive, "a driver that refuses everything proves nothing")
    }

    @Test func whatOnlyShouldBeRefusedIsTold() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        let key = "ALL_PROXY of the manifest"
        #expect(evidence.plans[key]?.refused == true)
        var report = try #require(evidence.plans["harmless"]?.report)
        report.plan.guestEnvironment["ALL_PROXY"] = "http://198.51.100.9:1"
        evidence.plans[key]?.report = report
        evidence.plans[key]?.refused = false
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .pass)
        #expect(judgement.summary.contains("ALL_PROXY") && judgement.summary.contains("SHOULD"))
        #expect(!check.judge(try SimulatedPlans.evidence(for: check, kind: .namespaces)).summary.contains("SHOULD"))
    }
}
