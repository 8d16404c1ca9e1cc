// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct RENDER01AddressesFromSlugTests {
    private let check = RENDER01AddressesFromSlug()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("subnet", says: "the network is") { $0.bundle.subnet = "10.77.1.0/24" },
        PlanChange("wider subnet", says: "the network is") {
            $0.bundle.subnet = $0.bundle.subnet.replacing("/24", with: "/16")
        },
        PlanChange("gateway", says: "the gateway is") { $0.bundle.gateway = $0.bundle.address },
        PlanChange("bundle", says: "the bundle's address is", on: .container) { $0.bundle.address = $0.bundle.gateway },
        PlanChange("octet", says: "the octet of the plan is", on: .microvm) { $0.plan.addresses.octet ^= 1 },
        PlanChange("another prefix", says: "the network is") {
            $0.bundle.subnet = $0.bundle.subnet.replacing("10.77.", with: "10.78.")
        },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    /// The vectors are those of the specification, and three implementations agree on them.
    @Test func theVectorsHold() {
        for (slug, octet) in RENDER01AddressesFromSlug.vectors {
            #expect(ExpectedPlan.octet(of: slug) == octet, "\(slug)")
            #expect(Int(AddressPlan(slug: slug).octet) == octet, "\(slug)")
        }
        for _ in 0..<10_000 {
            let slug = Nonce.fresh().text
            #expect(ExpectedPlan.octet(of: slug) == Int(AddressPlan(slug: slug).octet), "\(slug)")
        }
        #expect((0..<4000).allSatisfy { ExpectedPlan.octet(of: "s\($0)") != 17 })
        #expect(RENDER01AddressesFromSlug.vectors.contains { $0.octet == 254 })
    }

    @Test func anAnswerThatChangesIsAViolation() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        evidence.plans["slug dev"]?.repeatable = false
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("second call"))
    }

    @Test func slugsAreMadeUpAnewInEveryRun() throws {
        let first = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        let second = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        #expect(Set(first.plans.keys).symmetricDifference(second.plans.keys).count == 32)
    }
}
