// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import ConformanceChecks
import ConformanceEngine
import Synchronization

/// Measures the suite on a container engine, and its floor.
final class SuiteBench: Sendable {
    private let backend: BackendName
    private let engine: String?
    private let script: FloorScript
    private let interruption: Interruption
    private let seen = Mutex<[String: String]>([:])

    init(backend: BackendName, engine: String?, script: FloorScript, interruption: Interruption) {
        self.backend = backend
        self.engine = engine
        self.script = script
        self.interruption = interruption
    }

    /// What the last stage knew of engine and kernel.
    var facts: [String: String] { seen.withLock { $0 } }

    /// Measures everything once.
    ///
    /// - Parameter floorFirst: Whoever comes second finds the engine's files in memory; so both have to, in turns.
    /// - Returns: nil when it was interrupted.
    /// - Throws: What a stage throws; `.launch` when the floor fails, or a check that has to pass does not.
    func round(floorFirst: Bool) async throws -> SuiteFigures.Round? {
        // One stage, so that floor and checks have the same surroundings.
        let pair = try await SuiteStage.with(backend, engine: engine) { stage in
            guard let containers = stage.containers else {
                throw BottleError(.internalFault, "the stage of \(backend.subject) has no engine")
            }
            seen.withLock { $0 = stage.facts }
            if floorFirst {
                let floor = try await floor(containers, stage)
                return try await seed(containers, stage).map { (floor, $0) }
            }
            guard let seed = try await seed(containers, stage), interruption.signal == nil else { return nil }
            return (try await floor(containers, stage), seed)
        }
        guard let (floor, seed) = pair, let suite = try await whole() else { return nil }
        return SuiteFigures.Round(floor: floor, seed: seed, suite: suite)
    }

    /// On a signal the script is left to finish: it takes seconds, and nobody else knows what it has made so far.
    private func floor(
        _ containers: SuiteStage.Containers, _ stage: SuiteStage
    ) async throws -> SuiteFigures.Measurement {
        let answer = try await script.run(on: containers, stateRoot: stage.stateRoot)
        return SuiteFigures.Measurement(milliseconds: answer.milliseconds, calls: answer.calls)
    }

    /// The five seed checks on a stage that stands: all that a run does from its first launch to its last verdict.
    private func seed(
        _ containers: SuiteStage.Containers, _ stage: SuiteStage
    ) async throws -> SuiteFigures.Measurement? {
        guard interruption.signal == nil else { return nil }
        let request = try request(Catalogue.seed)
        let before = containers.engine.calls.count
        let start = ContinuousClock.now
        let summary = try await SuiteRun.attack(
            request, on: stage, timeout: request.timeout, interruption: interruption, events: { _ in })
        let time = (ContinuousClock.now - start) / .milliseconds(1)
        return try measurement(summary, time, containers.engine.calls.count - before)
    }

    /// The whole suite as `run` does it, with everything that comes before the first launch.
    private func whole() async throws -> SuiteFigures.Measurement? {
        guard interruption.signal == nil else { return nil }
        let request = try request(Catalogue.full)
        let start = ContinuousClock.now
        let (summary, calls) = try await SuiteStage.with(backend, engine: engine) { stage in
            let summary = try await SuiteRun.attack(
                request, on: stage, timeout: request.timeout, interruption: interruption, events: { _ in })
            return (summary, stage.containers?.engine.calls.count ?? 0)
        }
        return try measurement(summary, (ContinuousClock.now - start) / .milliseconds(1), calls)
    }

    private func request(_ profile: String) throws -> SuiteRun.Request {
        SuiteRun.Request(
            backend: backend, engine: engine, chosen: true,
            selection: try Selection.resolve(checks: CheckCatalogue.all, profile: profile), base: Manifest.Bottle(),
            jobs: 4, strict: false, timeout: .seconds(120))
    }

    /// The time of a run that proved something; how long a broken one takes says nothing.
    private func measurement(
        _ summary: RunSummary, _ milliseconds: Double, _ calls: Int
    ) throws -> SuiteFigures.Measurement? {
        guard interruption.signal == nil else { return nil }
        guard summary.exitCode == ConformanceEngine.ExitCode.conformant else {
            throw BottleError(
                .launch,
                "the run of \(summary.started.profile) that was timed is no measure: \(summary.conclusion)")
        }
        return SuiteFigures.Measurement(milliseconds: milliseconds, calls: calls)
    }
}
