// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct ENV02ServicesIffEnabledTests {
    private let check = ENV02ServicesIffEnabled()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("git always", says: "GIT_GATE_URL is") {
            $0.plan.guestEnvironment["GIT_GATE_URL"] = "git://\($0.bundle.address):9418"
        },
        PlanChange("git never", says: "GIT_GATE_URL is absent") { $0.plan.guestEnvironment["GIT_GATE_URL"] = nil },
        PlanChange("supervise always", says: "MCP_SUPERVISE_URL is", on: .container) {
            $0.plan.guestEnvironment["MCP_SUPERVISE_URL"] = "http://\($0.bundle.address):9100"
        },
        PlanChange("supervise never", says: "MCP_SUPERVISE_URL is absent", on: .container) {
            $0.plan.guestEnvironment["MCP_SUPERVISE_URL"] = nil
        },
        PlanChange("another port", says: "GIT_GATE_URL is", on: .microvm) {
            $0.plan.guestEnvironment["GIT_GATE_URL"] = $0.plan.guestEnvironment["GIT_GATE_URL"].map { "\($0)0" }
        },
        PlanChange("empty", says: "MCP_SUPERVISE_URL is \"\"") { $0.plan.guestEnvironment["MCP_SUPERVISE_URL"] = "" },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }
}
