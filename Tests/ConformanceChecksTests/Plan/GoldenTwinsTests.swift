// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

/// Every golden has twins that differ in one place, and no driver passes with any of them.
@Suite struct GoldenTwinsTests {
    private static let names = PlanScene.standard.map(\.name)

    private func outcome(_ name: String, _ kind: BackendKind) throws -> PlanOutcome {
        let evidence = try SimulatedPlans.evidence(for: RENDER05FilesRoundTrip(), kind: kind)
        return try #require(evidence.plans[name])
    }

    @Test(arguments: names)
    func noTwinOfAContractPasses(name: String) throws {
        let outcome = try outcome(name, .namespaces)
        let report = try #require(outcome.report)
        let golden = try #require(GoldenContracts.all[name])
        #expect(RENDER03PlanIsWhole.differences(report, outcome, frozen: golden).isEmpty)
        let twins = JSONTwin.all(of: try JSONValue.parse(golden.utf8))
        #expect(twins.count > 60)
        for twin in twins {
            let found = RENDER03PlanIsWhole.differences(report, outcome, frozen: twin.value.pretty)
            #expect(found.contains { $0.contains("@@") }, "\(name) \(twin.path)")
        }
    }

    @Test(arguments: names.filter { $0 != "hostile-strings" })
    func noTwinOfASmolfilePasses(name: String) throws {
        var outcome = try outcome(name, .microvm)
        let report = try #require(outcome.report)
        let golden = try #require(GoldenSmolfiles.all[name])
        outcome.step.goldens = ["smolfile": golden]
        #expect(RENDER05FilesRoundTrip.golden(report, outcome, frozen: nil).isEmpty)
        let scalars = Array(golden.unicodeScalars)
        for index in stride(from: 0, to: scalars.count, by: 7) {
            var twin = scalars
            twin[index] = twin[index] == "x" ? "y" : "x"
            let text = String(String.UnicodeScalarView(twin))
            #expect(RENDER05FilesRoundTrip.golden(report, outcome, frozen: text).count == 1, "\(name) \(index)")
        }
    }

    /// The whole way through the check, for one twin of each bottle: as the frozen contract, and as a user's own.
    @Test(arguments: names)
    func aTwinMakesTheCheckFall(name: String) throws {
        let golden = try #require(GoldenContracts.all[name])
        let twin = golden.replacing("10.77.", with: "10.78.")
        let own = RENDER03PlanIsWhole(goldens: GoldenSet(contracts: [name: twin]))
        let judgement = own.judge(try SimulatedPlans.evidence(for: own, kind: .container))
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("your own golden") && !judgement.summary.contains("\n"))
        let text = judgement.findings.first { $0.state == .leak }?.text ?? ""
        #expect(text.contains("@@") && text.contains("\n-") && text.contains("\n+"), "\(text)")
        let same = RENDER03PlanIsWhole(goldens: GoldenSet(contracts: [name: golden]))
        #expect(same.judge(try SimulatedPlans.evidence(for: same, kind: .container)).verdict == .pass)
    }

    @Test func aFileOfTheUsersOwnIsCompared() throws {
        let plain = try SimulatedPlans.evidence(for: RENDER05FilesRoundTrip(), kind: .microvm)
        let report = try #require(plain.plans["everything"]?.report)
        let text = HostPaths(report).named(in: try #require(report.artefact(.gvproxy)).text)
        let same = RENDER05FilesRoundTrip(goldens: GoldenSet(artefacts: ["everything": [.gvproxy: text]]))
        #expect(same.judge(try SimulatedPlans.evidence(for: same, kind: .microvm)).verdict == .pass)
        let other = RENDER05FilesRoundTrip(
            goldens: GoldenSet(artefacts: ["everything": [.gvproxy: text.replacing("8888", with: "8887")]]))
        let judgement = other.judge(try SimulatedPlans.evidence(for: other, kind: .microvm))
        #expect(judgement.verdict == .violated)
        #expect(judgement.summary.contains("gvproxy"), "\(judgement.summary)")
        // A golden of a file that is not rendered any more.
        let missing = RENDER05FilesRoundTrip(goldens: GoldenSet(artefacts: ["everything": [.compose: "x"]]))
        #expect(missing.judge(try SimulatedPlans.evidence(for: missing, kind: .microvm)).verdict == .violated)
    }
}
