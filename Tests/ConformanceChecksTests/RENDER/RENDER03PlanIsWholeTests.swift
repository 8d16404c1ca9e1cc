// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct RENDER03PlanIsWholeTests {
    private let check = RENDER03PlanIsWhole()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("no plan of supervise", says: "@@") { $0.sidecars.supervise = nil },
        PlanChange("another machine", says: "-  \"machine\"") { $0.machineName += "x" },
        PlanChange("a part without a directory", says: "-    \"supervise\"") {
            $0.stateDirectories["supervise"] = nil
        },
        PlanChange("a directory elsewhere", says: "/elsewhere") { $0.stateDirectories["agent"] = "/elsewhere" },
        PlanChange("the prompt elsewhere", says: "is not <state>/claude-bottle/<slug>/agent/prompt.txt") {
            $0.promptFile = "/elsewhere/prompt.txt"
        },
        PlanChange("a shared state directory", says: "is not <state>/claude-bottle/<slug>/agent/prompt.txt") {
            let slug = "/\($0.plan.slug)/"
            $0.promptFile = $0.promptFile.replacing(slug, with: "/shared/")
        },
        PlanChange("a relative stage", says: "the stage directory", on: .container) { $0.stageDirectory = "stage" },
        PlanChange("a stage that climbs", says: "the stage directory") { $0.stageDirectory += "/../.." },
        PlanChange("a bundle of another name", says: "the bundle's name") { $0.bundle.name = "bundle" },
        PlanChange("a bundle with a space", says: "the bundle's name") { $0.bundle.name += " x" },
        PlanChange("a relative image", says: "the guest's file system", on: .microvm) { $0.agentFromPath = "x" },
        PlanChange("another command", says: "--dangerously") { $0.agentCommand.append("--dangerously") },
        PlanChange("the prompt is cut", says: "prompt") { $0.plan.prompt = String($0.plan.prompt.dropLast()) },
        PlanChange("a skill more", says: "skills") { $0.plan.skills.append("more") },
        PlanChange("another upstream", says: "upstream") { $0.sidecars.egress.upstreamProxy = nil },
        PlanChange("an environment variable more", says: "MORE", on: .container) {
            $0.plan.guestEnvironment["MORE"] = "1"
        },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    /// Every single value of a plan counts, but for those that no contract fixes.
    @Test(arguments: BackendKind.allCases)
    func everyLeafOfAPlanCounts(kind: BackendKind) throws {
        let evidence = try SimulatedPlans.evidence(for: check, kind: kind)
        let outcome = try #require(evidence.plans["everything"])
        let report = try #require(outcome.report)
        let golden = GoldenContracts.all["everything"]
        // Calls and files are the matter of RENDER-02, -05 and -07.
        let others = [
            "/commands", "/artefacts", "/agentFromPath", "/less agentFromPath", "/stageDirectory", "/bundle/name",
        ]
        // Which name a file has in its directory, and in which of two equal ways a plan says something.
        let free = [
            "/authority/certificate", "/authority/key", "/gitGate/entrypoint", "/gitGate/hook", "/gitGate/access",
            "/gitGate/gitleaks", "/supervise/queue", "/source",
        ]
        let same = ["/plan/gitUpstreams", "/plan/routes"]
        var count = 0
        for (path, twin) in try report.twins()
        where !others.contains(where: { path.hasPrefix($0) }) && !free.contains(where: { path.hasSuffix($0) }) {
            if same.contains(where: { path.hasPrefix($0) }), path.contains("known") || path.contains("identity") {
                continue
            }
            count += 1
            let found = RENDER03PlanIsWhole.differences(twin, outcome, frozen: golden)
            #expect(!found.isEmpty, "\(path)")
        }
        #expect(count > 200, "\(count)")
    }

    @Test func aHostileNameIsRefusedOrTamed() throws {
        let evidence = try SimulatedPlans.evidence(for: check, kind: .microvm)
        let hostile = evidence.plans.keys.filter { $0.contains(" named ") }
        #expect(hostile.count == 29)
        #expect(hostile.allSatisfy { evidence.plans[$0]?.refused == true })
        let tame = try #require(evidence.plans["minimal"]?.report)
        for key in hostile {
            var planned = evidence
            planned.plans[key]?.refused = false
            planned.plans[key]?.report = tame
            #expect(check.judge(planned).verdict == .pass, "\(key)")
            let step = try #require(planned.plans[key]?.step)
            let raw = key.hasPrefix("slug") ? step.slug : step.agentName
            guard !raw.isEmpty else { continue }
            planned.plans[key]?.report?.stateDirectories["agent"] = "/state/\(raw)"
            #expect(check.judge(planned).verdict == .violated, "\(key) as a path")
            planned.plans[key]?.report = tame
            planned.plans[key]?.report?.commands.append(PlannedCommand("x", ["tool", "--name", raw]))
            // A word of a-z is a slug, whatever it was meant to be.
            #expect(check.judge(planned).verdict == .violated, "\(key) as an argument")
            planned.plans[key]?.report = tame
            planned.plans[key]?.report?.plan.slug = raw
            #expect(check.judge(planned).verdict == .violated, "\(key) as a slug")
        }
    }

    @Test func loginsStandInNoDifference() throws {
        let change = PlanChange("login", says: "") { $0.plan.guestEnvironment["CLAUDE_CODE_OAUTH_TOKEN"] = "hunter2" }
        let judgement = try change.judge(check)
        #expect(judgement.verdict == .violated)
        #expect(!"\(judgement)".contains("hunter2"))
    }
}
