// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What smolvm holds of the bottles of one run, seen past the driver: in smolvm's own directory, and among the processes.
package struct SmolvmHoldings: Sendable {
    /// A process that runs a machine.
    package struct Monitor: Sendable, Hashable {
        package let process: Int32
        /// Of the machine; nil when smolvm has none any more in the place where the process runs it.
        package let machine: String?
    }

    private static let prefix = "claude-bottle-"

    private let smolvm: SmolvmClient
    private let home: SmolvmHome
    private let artefact: String

    /// - Parameter artefact: What a machine is planted from.
    package init(smolvm: SmolvmClient, home: SmolvmHome, artefact: String) {
        self.smolvm = smolvm
        self.home = home
        self.artefact = artefact
    }

    /// The machines by name, and the processes that run any.
    package func list() -> (machines: Set<String>, monitors: Set<Monitor>) {
        let machines = home.machines
        var monitors: [Int32: Monitor] = [:]
        for process in SmolvmHome.monitors(in: home.directory) {
            monitors[process] = Monitor(process: process, machine: nil)
        }
        for (name, directory) in machines {
            for process in SmolvmHome.monitors(in: directory) {
                monitors[process] = Monitor(process: process, machine: name)
            }
        }
        return (Set(machines.keys), Set(monitors.values))
    }

    /// Makes a machine of the bottle `slug` that is not started, as a launch would leave it that ends there.
    ///
    /// - Returns: Its name.
    package func plant(_ slug: String) async throws -> String {
        let addresses = AddressPlan(slug: slug)
        let machine = SmolvmMachine(
            name: SmolvmMachine.Name(slug: try Slug(slug)), source: .pack(artefact), environment: [:],
            bundleAddress: addresses.bundle, policy: .only(addresses.bundle), resources: MachinePolicy.resources)
        try await smolvm.call("plant a machine", try smolvm.commands(home.directory).create(machine))
        return "\(machine.name)"
    }

    /// Deletes the machine of a bottle, as a user who tidies up would.
    package func removeMachine(of slug: String) async throws {
        let name = SmolvmMachine.Name(slug: try Slug(slug))
        try await smolvm.call("take the machine \(name) away", try smolvm.commands(home.directory).delete(name))
    }

    /// Ends and deletes what is still there of these.
    ///
    /// - Throws: What smolvm says against it.
    package func remove(machines: Set<String>, monitors: Set<Int32>) async throws {
        let commands = try smolvm.commands(home.directory)
        for name in machines.intersection(home.machines.keys).sorted() where name.hasPrefix(Self.prefix) {
            let slug = try Slug(String(name.dropFirst(Self.prefix.count)))
            let output = try await smolvm.run(commands.delete(SmolvmMachine.Name(slug: slug)))
            let failure = SmolvmFailure(output.stderr)
            if output.code != 0, !failure.isAbsence { throw failure.error("remove what a trial left") }
        }
        // Only what still runs a machine in this home: the number of one that has ended may be anybody's.
        for process in monitors.intersection(SmolvmHome.monitors(in: home.directory)) { kill(process, SIGKILL) }
    }
}
