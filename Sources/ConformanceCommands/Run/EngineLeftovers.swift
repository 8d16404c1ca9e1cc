// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleSystem
import ConformanceTrials

/// What killed runs left on an engine: bottles of the state directory, and those of trials, which have states of their own.
enum EngineLeftovers {
    /// How long an engine may go on with what a run asked of it before it was killed.
    private static let settling = Duration.seconds(2)

    /// Removes it, or with `dryRun` only names it; has to come before the files of dead runs are removed.
    ///
    /// A kill takes nothing back that was asked of the engine, and what that is still making, no list shows. So where a run
    /// died that nobody has swept yet, this looks until nothing more has come for a while.
    ///
    /// - Returns: A line for each resource.
    /// - Throws: What the engine says against it; `.prerequisite` when none answers.
    static func sweep(engine: EngineClient, stateRoot: String, dryRun: Bool = false) async throws -> [String] {
        let trials = AbandonedTrial.all().filter(\.hadEngine)
        let roots = [stateRoot] + trials.map(\.stateRoot)
        var removed = try await sweep(engine, roots, dryRun: dryRun)
        guard !dryRun else { return removed }
        let dead = try await Offload.run { try Leftovers.sweep(root: stateRoot, dryRun: true) }
        if !trials.isEmpty || dead.contains(where: EngineWorld.isDirectory) {
            var end = ContinuousClock.now + settling
            while ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(100))
                let late = try await sweep(engine, roots, dryRun: false)
                if !late.isEmpty { end = ContinuousClock.now + settling }
                removed += late
            }
        }
        for trial in trials {
            removed += try await MarkedImages.sweep(engine: engine, stateRoot: trial.stateRoot, dryRun: false)
        }
        // Only now: the owner's mark in it was what told the containers from other people's.
        for trial in trials { trial.remove() }
        return removed
    }

    private static func sweep(_ engine: EngineClient, _ roots: [String], dryRun: Bool) async throws -> [String] {
        var removed: [String] = []
        for root in roots {
            removed += try await DockerSweep.sweep(engine: engine, stateRoot: root, dryRun: dryRun)
        }
        return removed
    }
}
