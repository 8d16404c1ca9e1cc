// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleDriver
import BottleRender
import BottleSystem
import ConformanceCanaries
import ConformanceEngine
import ConformanceMutants

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One run of the suite against one backend: brings world, canaries and driver together and takes them apart again.
enum SuiteRun {
    struct Request: Sendable {
        var backend: BackendName
        var chosen: Bool
        var selection: Selection
        var base: Manifest.Bottle
        var jobs: Int
        var strict: Bool
        var timeout: Duration
    }

    static func perform(
        _ request: Request, interruption: Interruption, events: @escaping @Sendable (Event) -> Void
    ) async throws -> RunSummary {
        let clock = ContinuousClock()
        let start = clock.now
        let status = await NamespacesPreflight.check()
        guard status.usable else { throw unusable(status) }
        let world = try await NamespacesWorld.start()
        let field: NamespacesField
        do {
            field = try await NamespacesField.start(over: world.host)
        } catch {
            await world.stop()
            throw error
        }
        let summary: RunSummary
        do {
            let driver = try driver(for: request.backend, world: world)
            let configuration = RunConfiguration(
                checks: request.selection.checks, profile: request.selection.profile,
                partial: request.selection.partial, subject: try subject(request, status),
                tool: "bottle-conformance \(ToolVersion.current)", startedAt: Int64(time(nil)), base: request.base,
                jobs: request.jobs, strict: request.strict,
                timeout: request.timeout - (clock.now - start), interruption: interruption,
                hostFileExists: { access($0, F_OK) == 0 }, removeHostFile: { unlink($0) })
            summary = await Runner.run(configuration, driver: driver, field: field, events: events)
        } catch {
            await field.close()
            await world.stop()
            throw error
        }
        await world.stop()
        return summary
    }

    private static func driver(for backend: BackendName, world: NamespacesWorld) throws -> any Driver {
        let stateRoot = try StateDirectory.make()
        // What a killed run left is swept by the next one.
        _ = try Leftovers.sweep(root: stateRoot)
        guard case .mutant(let id) = backend, let mutant = MutantCatalogue.find(id) else {
            return NamespacesDriver(world: world, stateRoot: stateRoot)
        }
        switch mutant.change {
        case .fault(let fault): return NamespacesDriver(world: world, faults: [fault], stateRoot: stateRoot)
        case .driver(let wrap): return wrap(NamespacesDriver(world: world, stateRoot: stateRoot))
        }
    }

    private static func subject(_ request: Request, _ status: Status) throws -> Subject {
        var facts = status.facts
        facts["policy"] = try policyHash(request.base)
        return switch request.backend {
        case .namespaces: Subject(backend: "namespaces", role: .reference, chosen: request.chosen, facts: facts)
        case .mutant(let id): Subject(backend: "mutant:\(id)@namespaces", role: .mutant, chosen: true, facts: facts)
        }
    }

    /// The first 12 digits of the digest of the rendered policy, slug and addresses fixed, so that two runs of one
    /// policy can be told from runs of two.
    private static func policyHash(_ bottle: Manifest.Bottle) throws -> String {
        let manifest = Manifest(bottles: ["policy": bottle], agents: ["policy": .init(bottle: "policy")])
        let plan = try BottlePlan.make(manifest: manifest, agentName: "policy", slug: "policy")
        let rendered = try PipelockConfig(plan: plan, open: false).rendered() + RoutesConfig(plan: plan).rendered()
        return "sha256:" + SHA256.hex(rendered).prefix(12)
    }

    private static func unusable(_ status: Status) -> BottleError {
        let reasons = status.unmet.map { "\($0.message) \($0.remedy)" }.joined(separator: " ")
        return BottleError(.prerequisite, "the namespaces backend cannot run here: \(reasons)")
    }
}
