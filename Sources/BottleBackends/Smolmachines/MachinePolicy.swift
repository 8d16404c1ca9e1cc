// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleRender

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a machine is made with, and how what is read back is understood.
struct MachinePolicy: Sendable {
    let plan: BottlePlan
    let mode: NetworkMode
    let faults: Set<Fault>

    /// The guest's own gateway: smolvm's, inside the monitor.
    static let gateway = "100.96.0.1"

    /// Half of the processors of this machine, so that a busy guest leaves it some, and memory that is taken as it is used.
    static let resources = SmolvmMachine.Resources(
        processors: max(1, min(4, ProcessInfo.processInfo.activeProcessorCount / 2)), megabytes: 4096)

    /// What root does in a new guest: packs of older releases lose the owners of files. The archive is on standard input.
    static let provisioning =
        "chown -R \(Contract.agentUID):\(Contract.agentUID) \(Contract.agentHome) && exec tar -x -p -f - -C /"

    /// Whether the machine has to have a bottle's policy when it starts.
    var isWhole: Bool { mode == .bottle && flags == .only(plan.addresses.bundle) }

    var flags: SmolvmPolicy {
        if mode == .open { return .open }
        return .only(plan.addresses.bundle)
    }

    /// Where the guest's names are asked: its own gateway passes them on.
    static func resolvers(_ configured: [String], _ record: MachineRecord) -> [String] {
        configured.map { $0 == gateway ? record.dns ?? "the host's" : $0 }
    }
}
