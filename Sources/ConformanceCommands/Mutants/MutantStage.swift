// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceCanaries
import ConformanceEngine

/// The surroundings of all runs of a matrix on one engine, one run after the other: they cost more than many a run.
actor MutantStage {
    private let base: BuiltIn
    private let engine: String?
    private var stage: SuiteStage?
    /// Whether the stage's first canaries are closed.
    private var isUsed = false

    /// - Parameter engine: The program that calls the container engine; nil is the backend's own.
    init(_ base: BuiltIn, engine: String?) {
        self.base = base
        self.engine = engine
    }

    /// Runs the suite among canaries of its own.
    ///
    /// - Throws: What building a stage throws, and what a run throws; the next one has a new stage then.
    func perform(
        _ request: SuiteRun.Request, interruption: Interruption, events: @escaping @Sendable (Event) -> Void
    ) async throws -> RunSummary {
        let stage = try await built()
        do {
            let isAttacked = request.selection.checks.contains { $0.requirement.scope == .guest }
            let field = isAttacked ? try await field(of: stage) : nil
            do {
                return try await SuiteRun.attack(
                    request, on: stage, among: field, timeout: request.timeout, interruption: interruption,
                    events: events)
            } catch {
                await field?.close()
                throw error
            }
        } catch {
            await end()
            throw error
        }
    }

    /// Ends the surroundings; a later run gets others, for what a broken bottle did to them must not count for the next.
    func end() async {
        let ending = stage
        stage = nil
        await ending?.end()
    }

    private func built() async throws -> SuiteStage {
        if let stage { return stage }
        let built = try await SuiteStage.build(
            BackendName(base: base, mutant: nil), engine: engine, geography: .world)
        (stage, isUsed) = (built, false)
        return built
    }

    private func field(of stage: SuiteStage) async throws -> NamespacesField? {
        guard isUsed else {
            isUsed = true
            return stage.field
        }
        return try await stage.makeField?()
    }
}
