// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    package import BottleBackends
    import BottleCore
    import BottleSystem
    import ConformanceEngine
    import Glibc
    import Synchronization

    /// What there is of a trial on an engine, and of the processes here that talk to the engine: others have theirs there as
    /// well, so that only what bears the trial's mark counts.
    package final class DockerInventory: TrialInventory {
        private let engine: EngineClient
        private let images: DockerImages.Prepared
        /// By the trial: what an engine was seen to hold is remembered.
        private let holdings = Mutex<[TrialMark: EngineHoldings]>([:])

        package init(engine: EngineClient, images: DockerImages.Prepared) {
            self.engine = engine
            self.images = images
        }

        package let isCostly = true

        private func holdings(_ mark: TrialMark) throws(BottleError) -> EngineHoldings {
            try holdings.withLock { known throws(BottleError) in
                if let holdings = known[mark] { return holdings }
                let holdings = try EngineHoldings(
                    engine: engine, images: images, stateRoot: mark.stateRoot, mark: mark.prefix)
                known[mark] = holdings
                return holdings
            }
        }

        package func take(_ mark: TrialMark) async throws -> Set<Remnant> {
            var found = files(mark)
            for holding in try await holdings(mark).list() {
                guard let kind = Remnant.Kind(rawValue: holding.kind) else { continue }
                found.insert(Remnant(kind, holding.name))
            }
            found.formUnion(processes(mark).map { Remnant(.process, "\($0.pid) \($0.command)") })
            return found
        }

        private func processes(_ mark: TrialMark) -> [ProcessTree.Member] {
            ProcessTree.descendants(of: getpid()).filter { $0.command.contains(mark.prefix) }
        }

        package func plant(
            _ mark: TrialMark
        ) async throws -> (planted: Set<Remnant>, remove: @Sendable () async throws -> Void) {
            let holdings = try holdings(mark)
            let (files, removeFiles) = try plantFiles(mark)
            let leash = try HelperExecutable.path("bottle-launcher")
            let process: TrialPlant
            do {
                process = try await TrialPlant.start(mark.planted) { try await LocalProcess.spawn($0, leash: leash) }
            } catch {
                removeFiles()
                throw error
            }
            let removeOwn: @Sendable () async -> Void = {
                await process.end()
                removeFiles()
            }
            do {
                try await holdings.plant(mark.planted)
            } catch {
                await removeOwn()
                throw error
            }
            let pids = processes(mark).filter { $0.command.hasSuffix(mark.planted) }
            let machine = "claude-bottle-\(mark.planted)"
            let engines = [Remnant.Kind.container, .network, .volume].map { Remnant($0, machine) }
            // A process that was not found is one that the inventory will not see.
            let own = Remnant(.process, pids.first.map { "\($0.pid) \($0.command)" } ?? mark.planted)
            return (
                files.union(engines).union([own]),
                {
                    await removeOwn()
                    try await holdings.remove(
                        Set(engines.map { EngineHoldings.Holding(kind: $0.kind.rawValue, name: $0.name) }))
                }
            )
        }

        package func takePart(of slug: String, _ mark: TrialMark) async throws {
            try await holdings(mark).removeGuest(of: slug)
        }

        package func remove(_ remnants: Set<Remnant>, _ mark: TrialMark) async throws {
            try await holdings(mark).remove(
                Set(remnants.map { EngineHoldings.Holding(kind: $0.kind.rawValue, name: $0.name) }))
        }
    }
#endif
