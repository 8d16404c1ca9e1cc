// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct RENDER04DaemonsAndMountsTests {
    private let check = RENDER04DaemonsAndMounts()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("order", says: "the list of daemons is") {
            $0.daemonsCSV = $0.daemonsCSV.split(separator: ",").reversed().joined(separator: ",")
        },
        PlanChange("the bundle is told something else", says: "the bundle is told") {
            $0.bundle.daemonsCSV += ",debug"
        },
        PlanChange("daemons of the plan", says: "the daemons of the plan is") { $0.plan.daemons.removeLast() },
        PlanChange("a mount less", says: "the bundle lacks the mount") { $0.bundle.mounts.removeFirst() },
        PlanChange("a mount more", says: "too many") {
            $0.bundle.mounts.append(BundleMount(source: "/", target: "/host"))
        },
        PlanChange("a mount twice", says: "too many", on: .container) { $0.bundle.mounts.append($0.bundle.mounts[0]) },
        PlanChange("a writable key", says: "too many", on: .container) {
            $0.bundle.mounts = $0.bundle.mounts.map {
                BundleMount(source: $0.source, target: $0.target, isReadOnly: false)
            }
        },
        PlanChange("another bottle's file", says: "too many") {
            $0.bundle.mounts[0].source = "/elsewhere/pipelock.yaml"
        },
        PlanChange("a variable more", says: "has the variable \"DEBUG\" too many") {
            $0.bundle.environment["DEBUG"] = "1"
        },
        PlanChange("another upstream", says: "the bundle's variable EGRESS_UPSTREAM_PROXY is") {
            $0.bundle.environment["EGRESS_UPSTREAM_PROXY"] = "http://192.0.2.1:8888"
        },
        PlanChange("a token more", says: "the names of the tokens") { $0.bundle.tokenVariables.append("MORE") },
        PlanChange("no tokens", says: "the names of the tokens") { $0.bundle.tokenVariables = [] },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }
}
