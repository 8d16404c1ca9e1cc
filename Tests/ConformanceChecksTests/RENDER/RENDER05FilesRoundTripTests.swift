// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct RENDER05FilesRoundTripTests {
    private let check = RENDER05FilesRoundTrip()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("a readable file", says: "has the mode 0644") { $0.artefacts[0].mode = 0o644 },
        PlanChange("an executable file", says: "has the mode 0700") { $0.artefacts[0].mode = 0o700 },
        PlanChange("a script for everybody", says: "has the mode 0755") { report in
            for index in report.artefacts.indices where report.artefacts[index].format == .shell {
                report.artefacts[index].mode = 0o755
            }
        },
        PlanChange("another prompt", says: "the prompt is") { $0.edit(.prompt, "e", to: "E") },
        PlanChange("a host more", says: "api_allowlist is") {
            $0.edit(.pipelock, "\"api_allowlist\": [", to: "\"api_allowlist\": [\"evil.test\", ")
        },
        PlanChange("broken JSON syntax", says: "pipelock cannot be read as yaml") { $0.edit(.pipelock, "}", to: "") },
        PlanChange("another route", says: "routes.yaml has other routes") { $0.edit(.routes, "443", to: "444") },
        PlanChange("a token's value", says: "routes.yaml has other routes") { $0.edit(.routes, "TOKEN", to: "VALUE") },
        PlanChange("a variable less", says: "env of the Smolfile has", on: .microvm) {
            $0.edit(.smolfile, "\"NO_PROXY=", to: "\"NO_PROXY=x\", \"NO_PROXY=")
        },
        PlanChange("unsorted", says: "env of the Smolfile has", on: .microvm) {
            $0.edit(.smolfile, "\"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1\", ", to: "")
            $0.edit(.smolfile, "]\n\n[[net]]", to: ", \"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1\"]\n\n[[net]]")
        },
        PlanChange("raw line breaks", says: "cannot be read as toml", on: .microvm) {
            $0.edit(.smolvmSmolfile, "\\n", to: "\n")
        },
        PlanChange("unescaped quotes", says: "smolfile", on: .microvm) { $0.edit(.smolfile, "\\\"", to: "\"") },
        PlanChange("no command", says: "the Smolfile has no command", on: .microvm) {
            $0.edit(.smolfile, "[\"sleep\", \"infinity\"]", to: "[]")
        },
        PlanChange("the seeds' bytes", says: "smolfile differs from the seeds' form", on: .microvm) {
            $0.edit(.smolfile, "name = ", to: "name  = ")
        },
        PlanChange("an interpolation", says: "compose would fill something into", on: .container) {
            $0.edit(.compose, "$$", to: "$")
        },
        PlanChange("a variable of the caller", says: "is not in the compose file", on: .container) {
            $0.edit(.compose, "\"HTTPS_PROXY\": ", to: "\"OTHER\": ")
        },
        PlanChange("raw line breaks in YAML", says: "compose", on: .container) { $0.edit(.compose, "\\n", to: "\n") },
        PlanChange("an address without quotes", says: "a value leaves its quotes") { report in
            for upstream in report.plan.gitUpstreams {
                report.edit(.gitGateHook, "'\(upstream.url)'", to: upstream.url)
            }
        },
        PlanChange("an address in double quotes", says: "a value leaves its quotes") { report in
            for upstream in report.plan.gitUpstreams {
                report.edit(.gitGateAccess, "'\(upstream.url)'", to: "\"\(upstream.url)\"")
            }
        },
        PlanChange("a name in a comment", says: "a value leaves its quotes") { report in
            for upstream in report.plan.gitUpstreams {
                report.edit(.gitGateEntrypoint, "set -eu", to: "set -eu # \(upstream.url)")
            }
        },
        PlanChange("a quote that does not end", says: "does not end") {
            $0.edit(.gitGateEntrypoint, "set -eu", to: "set -eu '")
        },
        PlanChange("a value as an argument", says: "a value becomes an argument of its own", on: .microvm) { report in
            let value = report.plan.guestEnvironment["V0"] ?? ""
            report.editCreate { $0.insert(value, at: 4) }
        },
        PlanChange("a value split at spaces", says: "a value becomes an argument of its own", on: .microvm) { report in
            report.editCreate { argv in
                argv = argv.flatMap { $0.hasPrefix("V") ? $0.split(separator: " ").map(String.init) : [$0] }
            }
        },
        PlanChange("a prompt on the command line", says: "a value becomes an argument of its own") {
            $0.agentCommand.append($0.plan.prompt)
        },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    @Test func bytesAreAskedOfThoseWhoClaimThemOnly() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .microvm)
        for key in evidence.plans.keys { evidence.plans[key]?.report?.edit(.smolfile, "name = ", to: "name  = ") }
        #expect(check.judge(evidence).verdict == .violated)
        evidence.hello.capabilities.remove("seed-bytes")
        #expect(check.judge(evidence).verdict == .pass, "the meaning is the same")
    }

    @Test func whatIsClaimedHasToBeSeen() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        evidence.hello.artefacts.insert("compose")
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("compose"))
    }

    @Test func withoutFilesNothingIsKnown() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .namespaces)
        evidence.hello.artefacts = []
        for key in evidence.plans.keys { evidence.plans[key]?.report?.artefacts = [] }
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test func anAnswerThatChangesIsAViolation() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .container)
        evidence.plans["large"]?.repeatable = false
        #expect(check.judge(evidence).verdict == .violated)
    }

    @Test func refusingWhatIsHostileIsFine() throws {
        var evidence = try SimulatedPlans.evidence(for: check, kind: .microvm)
        for (key, outcome) in evidence.plans where key.hasPrefix("hostile ") {
            evidence.plans[key] = PlanOutcome(step: outcome.step, report: nil, error: "no", refused: true)
        }
        #expect(check.judge(evidence).verdict == .pass)
        for (key, outcome) in evidence.plans {
            evidence.plans[key] = PlanOutcome(step: outcome.step, report: nil, error: "no", refused: true)
        }
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test(arguments: BackendKind.allCases)
    func hostileValuesReachTheFilesOfTheReference(kind: BackendKind) throws {
        let evidence = try SimulatedPlans.evidence(for: check, kind: kind)
        let planned = evidence.plans.filter { $0.key.hasPrefix("hostile values") && $0.value.report != nil }
        #expect(planned.count == 12, "all of them are planned, so that something is tested")
        for key in ["hostile address 1", "hostile repository 1", "hostile host 1", "hostile token 1"] {
            #expect(evidence.plans[key]?.refused == true, "\(key)")
        }
    }
}
