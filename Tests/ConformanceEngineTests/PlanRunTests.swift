// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

struct PlanRunTests {
    /// A check that asks for some plans and keeps what it was shown.
    private struct Asking: Check {
        let requirement: Requirement
        let steps: [PlanStep]

        init(_ id: String, _ steps: [PlanStep]) {
            requirement = Requirement(
                id: id, title: id, statement: "", why: "", probed: "", remedy: "", scope: .plan, profiles: [],
                mutants: [:])
            self.steps = steps
        }

        func declarePlans(_ declaration: inout PlanDeclaration) { for step in steps { declaration.plan(step) } }
        func judge(_ evidence: Evidence) -> Judgement {
            let whole = steps.allSatisfy { evidence.plans[$0.key]?.report != nil }
            return Judgement(whole ? .pass : .inconclusive, "x")
        }
    }

    private func step(
        _ key: String, slug: String = "s", tokens: [String: String] = [:], goldens: [String: String] = [:]
    ) -> PlanStep {
        let manifest = Manifest(bottles: ["b": Manifest.Bottle()], agents: ["a": Manifest.Agent(bottle: "b")])
        return PlanStep(
            key: key, manifest: manifest, agentName: "a", slug: slug, plantedTokens: tokens, goldens: goldens)
    }

    private func run(_ checks: [any Check], _ driver: FakeDriver) async -> RunSummary {
        // Long: a machine that runs other tests may leave this one waiting for minutes.
        var limits = RunConfiguration.Limits()
        limits.question = .seconds(3600)
        let configuration = RunConfiguration(
            checks: checks, profile: "full@1", partial: true,
            subject: Subject(backend: "fake", role: .real, chosen: true, facts: [:]), tool: "test 0", startedAt: 0,
            timeout: .seconds(3600), limits: limits, hostFileExists: { _ in false }, removeHostFile: { _ in })
        return await Runner.run(configuration, driver: driver, field: nil) { _ in }
    }

    @Test func aStepAsksForWhatItSays() {
        let request = step("k", tokens: ["API_TOKEN": "planted"]).request
        #expect(request.slug == "s" && request.agentName == "a" && request.network == .bottle)
        #expect(request.tokens["API_TOKEN"]?.exposed == "planted")
        #expect(request.manifestDirectory == PlanStep.manifestDirectory && request.workspace == PlanStep.workspace)
        #expect(request.resolver.hasPrefix("192.0.2."), "documentation space: nobody is contacted")
    }

    /// The same question is asked once, which is two calls; tokens make another one, a golden of the user's own does not.
    @Test func everyDifferentQuestionIsAskedOnce() async throws {
        let driver = FakeDriver()
        let summary = await run(
            [
                Asking("RENDER-01", [step("one"), step("two", goldens: ["contract": "x"])]),
                Asking("RENDER-02", [step("one"), step("three", tokens: ["A": "1"]), step("four", slug: "t")]),
            ], driver)
        #expect(driver.snapshot.operations.filter { $0.hasSuffix("plan") }.count == 2 * 3)
        #expect(driver.snapshot.launches.isEmpty)
        #expect(summary.results.map(\.judgement.verdict) == [.pass, .pass])
        let plans = try #require(summary.results.first?.evidence?.plans)
        #expect(Set(plans.keys) == ["one", "two"])
        #expect(plans["two"]?.step.goldens == ["contract": "x"] && plans["two"]?.repeatable == true)
    }

    @Test func aRefusalIsToldFromAFailure() async throws {
        for (code, refused) in [(BottleError.Code.input, true), (.usage, true), (.io, false)] {
            let driver = FakeDriver(hook: { operation, _ in
                if operation == .plan { throw BottleError(code, "no such thing") }
            })
            let summary = await run([Asking("RENDER-01", [step("one")])], driver)
            let outcome = try #require(summary.results.first?.evidence?.plans["one"])
            #expect(outcome.report == nil && outcome.refused == refused && outcome.error == "no such thing")
            #expect(summary.exitCode == 3)
        }
    }
}
