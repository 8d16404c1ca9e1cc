// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import ConformanceEngine

/// The planners of the backends, which need nothing of the machine, asked what a check wants to know.
enum SimulatedPlans {
    /// The backend of a kind, in a home of nobody's.
    static func planner(_ kind: BackendKind) throws -> any BackendPlanner {
        let environment = ["HOME": "/home/nobody"]
        let paths = try BottlePaths(environment: environment)
        return switch kind {
        case .namespaces: NamespacesPlanner(state: paths.state)
        case .container: DockerPlanner(state: paths.state, image: try ImageReference(environment: environment))
        case .microvm: SmolmachinesPlanner(paths: paths)
        }
    }

    /// What a run leaves of a check that looks at plans only.
    static func evidence(for check: any Check, kind: BackendKind) throws -> Evidence {
        let planner = try planner(kind)
        var declaration = PlanDeclaration(hello: planner.hello)
        check.declarePlans(&declaration)
        var evidence = Evidence(hello: planner.hello, hosts: [], sessions: [:])
        for step in declaration.steps { evidence.plans[step.key] = outcome(of: step, planner) }
        evidence.trials = SimulatedTrials().outcomes(for: check, hello: planner.hello)
        return evidence
    }

    /// What a run leaves of a check's questions to any driver, which may be a broken one.
    static func outcomes(of driver: any Driver, for check: any Check) async throws -> [String: PlanOutcome] {
        var declaration = PlanDeclaration(hello: try await driver.hello())
        check.declarePlans(&declaration)
        var outcomes: [String: PlanOutcome] = [:]
        for step in declaration.steps {
            do {
                var report = try await driver.plan(step.request)
                let again = try await driver.plan(step.request)
                let isRepeatable = again == report
                report.artefacts.removeAll { !step.artefacts.contains($0.kind) }
                outcomes[step.key] = PlanOutcome(step: step, report: report, repeatable: isRepeatable)
            } catch let error as BottleError {
                let refused = error.code == .usage || error.code == .input
                outcomes[step.key] = PlanOutcome(
                    step: step, report: nil, error: error.description, refused: refused)
            }
        }
        return outcomes
    }

    private static func outcome(of step: PlanStep, _ planner: any BackendPlanner) -> PlanOutcome {
        do throws(BottleError) {
            var report = try planner.report(step.request)
            report.artefacts.removeAll { !step.artefacts.contains($0.kind) }
            return PlanOutcome(step: step, report: report, repeatable: true)
        } catch {
            let refused = error.code == .usage || error.code == .input
            return PlanOutcome(step: step, report: nil, error: error.description, refused: refused)
        }
    }
}
