// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROXY05NoInternalTargetsTests {
    private let check = PROXY05NoInternalTargets()
    private static let keys = ["get", "connect"].flatMap { entry in (0...1).map { "\(entry)/internal\($0)" } }

    @Test func gatewayAndAliasesAreTriedUnderAllowedNames() throws {
        let own = try #require(SimulatedWorld().evidence(for: check)[.bottle])
        #expect(Set(own.probes.keys).isSuperset(of: Self.keys))
        let plan = try #require(own.plan)
        let canaries = Self.keys.compactMap { own.probes[$0]?.step.canary }
        #expect(canaries.contains { $0.contains("gateway") && $0.contains(plan.addresses.gateway) })
        #expect(canaries.contains { $0.contains("192.168.65.254") })
        for host in own.field?.internalHosts.values.sorted() ?? [] { #expect(plan.allowlist.contains(host)) }
    }

    @Test func namesWhereItLeads() {
        let judgement = SimulatedWorld(faults: [.nossrf]).judge(check)
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains(", which leads to "))
    }

    @Test(arguments: keys) func aVisitIsALeak(key: String) throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let step = try #require(evidence[.bottle]?.probes[key]).step
        let bundle = try #require(evidence[.bottle]?.plan?.addresses.bundle)
        evidence.sessions[.bottle]?.witness.append(
            WitnessRecord(
                canary: try #require(step.canary), time: 1, peer: "\(bundle):1", nonces: [step.nonce.text], bytes: []))
        #expect(check.judge(evidence).verdict == .violated)
    }

    @Test(arguments: keys) func theTwinHasToGetThere(key: String) {
        var evidence = SimulatedWorld().evidence(for: check)
        let nonce = evidence[.twin]?.probes[key]?.step.nonce.text ?? ""
        evidence.sessions[.twin]?.probes[key]?.observation = Observation(stage: .done, received: [[]])
        evidence.sessions[.twin]?.witness.removeAll { $0.nonces.contains(nonce) }
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func withoutTheGatewayNothingIsProven() throws {
        var evidence = SimulatedWorld().evidence(for: check)
        let gateway = try #require(evidence[.bottle]?.plan?.addresses.gateway)
        evidence.sessions[.bottle]?.field?.internalHosts[gateway] = nil
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.findings.contains { $0.text.contains("no canary stands at the gateway") })
    }

    @Test func aProxyThatLeadsNowhereProvesNothing() {
        #expect(SimulatedWorld(faults: [.denyall]).judge(check).verdict == .inconclusive)
    }
}
