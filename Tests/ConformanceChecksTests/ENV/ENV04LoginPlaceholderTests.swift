// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct ENV04LoginPlaceholderTests {
    private let check = ENV04LoginPlaceholder()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("no placeholder", says: "is absent, expected the placeholder") {
            $0.plan.guestEnvironment["CLAUDE_CODE_OAUTH_TOKEN"] = nil
        },
        PlanChange("always", says: "is set, though no route has the role") {
            $0.plan.guestEnvironment["CLAUDE_CODE_OAUTH_TOKEN"] = "egress-placeholder"
        },
        PlanChange("empty", says: "is set, though no route has the role") {
            $0.plan.guestEnvironment["CLAUDE_CODE_OAUTH_TOKEN"] = ""
        },
        PlanChange("another value", says: "something else than the placeholder", on: .container) {
            $0.plan.guestEnvironment["CLAUDE_CODE_OAUTH_TOKEN"] = "hunter2"
        },
        PlanChange("telemetry on", says: "DISABLE_ERROR_REPORTING is", on: .container) {
            $0.plan.guestEnvironment["DISABLE_ERROR_REPORTING"] = nil
        },
        PlanChange("no override", says: "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC is", on: .microvm) {
            $0.plan.guestEnvironment["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1"
        },
        PlanChange("under another name", says: "OTHER holds the login") {
            $0.plan.guestEnvironment["OTHER"] = ENV04LoginPlaceholder.login
        },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    @Test func noLoginStandsInAnyText() throws {
        let change = PlanChange("login", says: "") {
            $0.plan.guestEnvironment["CLAUDE_CODE_OAUTH_TOKEN"] = ENV04LoginPlaceholder.login
        }
        let judgement = try change.judge(check)
        #expect(judgement.verdict == .violated)
        #expect(!"\(judgement)".contains(ENV04LoginPlaceholder.login))
    }
}
