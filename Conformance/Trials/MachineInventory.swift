// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    package import BottleBackends
    import ConformanceEngine

    /// What there is of a trial whose guests are microVMs: the machines and the processes that run them, and of the bundles
    /// what an engine holds.
    package struct MachineInventory: TrialInventory {
        private let bundles: DockerInventory
        private let machines: SmolvmHoldings

        package init(bundles: DockerInventory, machines: SmolvmHoldings) {
            self.bundles = bundles
            self.machines = machines
        }

        package var isCostly: Bool { true }

        package func take(_ mark: TrialMark) async throws -> Set<Remnant> {
            var found = try await bundles.take(mark)
            let held = machines.list()
            found.formUnion(held.machines.filter { $0.contains(mark.prefix) }.map { Remnant(.machine, $0) })
            for monitor in held.monitors {
                // One whose machine is gone bears nobody's name, and nobody but this run has any here.
                guard let machine = monitor.machine else {
                    found.insert(Remnant(.monitor, "\(monitor.process) runs a machine that is gone"))
                    continue
                }
                if machine.contains(mark.prefix) {
                    found.insert(Remnant(.monitor, "\(monitor.process) runs \(machine)"))
                }
            }
            return found
        }

        package func plant(
            _ mark: TrialMark
        ) async throws -> (planted: Set<Remnant>, remove: @Sendable () async throws -> Void) {
            let (planted, remove) = try await bundles.plant(mark)
            let machine: String
            do {
                machine = try await machines.plant(mark.planted)
            } catch {
                try? await remove()
                throw error
            }
            return (
                planted.union([Remnant(.machine, machine)]),
                { [machines] in
                    try await remove()
                    try await machines.remove(machines: [machine], monitors: [])
                }
            )
        }

        package func takePart(of slug: String, _ mark: TrialMark) async throws {
            try await machines.removeMachine(of: slug)
        }

        package func remove(_ remnants: Set<Remnant>, _ mark: TrialMark) async throws {
            let monitors = remnants.filter { $0.kind == .monitor }.compactMap { $0.name.split(separator: " ").first }
            try await machines.remove(
                machines: Set(remnants.filter { $0.kind == .machine }.map(\.name)),
                monitors: Set(monitors.compactMap { Int32($0) }))
            try await bundles.remove(remnants.filter { ![.machine, .monitor].contains($0.kind) }, mark)
        }
    }
#endif
