// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import ConformanceTrials

/// What killed runs left on an engine: bottles of the state directory, and those of trials, which have states of their own.
enum EngineLeftovers {
    /// Removes it, or with `dryRun` only names it.
    ///
    /// - Returns: A line for each resource.
    /// - Throws: What the engine says against it; `.prerequisite` when none answers.
    static func sweep(engine: EngineClient, stateRoot: String, dryRun: Bool = false) async throws -> [String] {
        var removed = try await DockerSweep.sweep(engine: engine, stateRoot: stateRoot, dryRun: dryRun)
        for trial in AbandonedTrial.all() where trial.hadEngine {
            removed += try await DockerSweep.sweep(engine: engine, stateRoot: trial.stateRoot, dryRun: dryRun)
            // Only now: the owner's mark in it was what told the containers from other people's.
            if !dryRun { trial.remove() }
        }
        return removed
    }
}
