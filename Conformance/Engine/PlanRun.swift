// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// Asks a driver for all the plans that the checks of a run want to see, each different one once.
struct PlanRun: Sendable {
    let context: RunContext

    /// What makes two steps the same question.
    private struct Question: Sendable, Hashable {
        let manifest: Manifest
        let agentName: String
        let slug: String
        let plantedTokens: [String: String]

        init(_ step: PlanStep) {
            (manifest, agentName, slug, plantedTokens) = (step.manifest, step.agentName, step.slug, step.plantedTokens)
        }

        var request: LaunchRequest {
            PlanStep(key: "", manifest: manifest, agentName: agentName, slug: slug, plantedTokens: plantedTokens)
                .request
        }
    }

    private struct Answer: Sendable {
        var report: PlanReport?
        var error: String?
        var refused = false
        var repeatable: Bool?
    }

    /// By requirement, then by key.
    func run() async -> [String: [String: PlanOutcome]] {
        var steps: [(requirement: String, step: PlanStep)] = []
        for check in context.applicable {
            var declaration = PlanDeclaration(hello: context.hello)
            check.declarePlans(&declaration)
            var keys: Set<String> = []
            for step in declaration.steps {
                guard keys.insert(step.key).inserted else {
                    context.sink.fail("A check declares a key twice: \(check.requirement.id) plan \(step.key).")
                    continue
                }
                steps.append((check.requirement.id, step))
            }
        }
        guard !steps.isEmpty else { return [:] }
        context.sink.progress("plan", "asking for \(steps.count) plans")
        let questions = Array(Set(steps.map { Question($0.step) }))
        let answers = await concurrently(
            limit: context.configuration.jobs, questions.map { question in { await ask(question) } })
        let known = Dictionary(zip(questions, answers)) { first, _ in first }
        var outcomes: [String: [String: PlanOutcome]] = [:]
        for (requirement, step) in steps {
            let answer = known[Question(step)] ?? Answer()
            var report = answer.report
            report?.artefacts.removeAll { !step.artefacts.contains($0.kind) }
            outcomes[requirement, default: [:]][step.key] = PlanOutcome(
                step: step, report: report, error: answer.error, refused: answer.refused,
                repeatable: answer.repeatable)
        }
        return outcomes
    }

    private func ask(_ question: Question) async -> Answer {
        let request = question.request
        var answer = Answer()
        do {
            let report = try await plan(request)
            answer.report = report
            answer.repeatable = try await plan(request) == report
        } catch let error as BottleError where error.code == .usage || error.code == .input {
            answer.error = error.description
            answer.refused = true
        } catch {
            answer.error = RunContext.text(of: error)
        }
        return answer
    }

    private func plan(_ request: LaunchRequest) async throws -> PlanReport {
        try await context.bounded("plan of \(request.slug)", limit: context.limits.question) {
            [driver = context.driver] in try await driver.plan(request)
        }
    }
}
