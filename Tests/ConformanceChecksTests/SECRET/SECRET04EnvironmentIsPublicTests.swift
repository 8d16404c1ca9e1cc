// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct SECRET04EnvironmentIsPublicTests {
    private let check = SECRET04EnvironmentIsPublic()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("a harmless value is lost", says: "SETTING is absent") { $0.plan.guestEnvironment["SETTING"] = nil },
        PlanChange("a harmless value is changed", says: "SETTING is", on: .container) {
            $0.plan.guestEnvironment["SETTING"] = "<redacted>"
        },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    @Test(arguments: ["an API key", "a private key", "the value of a token", "an address with a password"])
    func aPlannedSecretIsALeak(name: String) throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        let outcome = try #require(evidence.plans[name])
        #expect(outcome.refused && outcome.report == nil)
        let report = evidence.plans["a word"]?.report
        evidence.plans[name]?.report = report
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        let value = outcome.step.manifest.bottles["dev"]?.env["SETTING"] ?? ""
        #expect(judgement.summary.contains(name) && !"\(judgement)".contains(value))
    }

    @Test func aRefusalThatRepeatsTheValueIsALeak() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .microvm)
        for (key, outcome) in evidence.plans where outcome.refused {
            let value = outcome.step.manifest.bottles["dev"]?.env["SETTING"] ?? ""
            evidence.plans[key]?.error = "SETTING is \(value)"
        }
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.findings.count { $0.state == .leak } == 13)
    }

    @Test func aRefusalNamesTheVariable() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        evidence.plans["a web token"]?.error = "something is wrong"
        #expect(check.judge(evidence).verdict == .violated)
    }

    @Test func aFailureIsNoRefusal() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        evidence.plans["a web token"]?.refused = false
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func refusingEverythingProvesNothing() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        evidence.plans["a word"]?.report = nil
        evidence.plans["a word"]?.refused = true
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
