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
    /// A socket of the host that an open twin gets.
    let socket: String

    /// The guest's own gateway: smolvm's, inside the monitor.
    static let gateway = "100.96.0.1"

    /// Ports of AF_VSOCK on which smolvm's monitor waits for the guest, and its agent in the guest for the monitor: seen on
    /// release 1.32.2.
    static let hostPorts = [MachineDescription.Port(6004, "readiness"), .init(5001, "log")]
    static let guestPorts = [MachineDescription.Port(6000, "agent")]
    /// The first of those that lead to sockets of the host.
    static let firstSocketPort: UInt32 = 6100
    /// What smolvm's agent answers to everybody: the length of a message, then the message.
    static let agentRequest: [UInt8] = {
        let message = Array(#"{"method":"ping"}"#.utf8)
        return [0, 0, 0, UInt8(message.count)] + message
    }()

    /// Half of the processors of this machine, so that a busy guest leaves it some, and memory that is taken as it is used.
    static let resources = SmolvmMachine.Resources(
        processors: max(1, min(4, ProcessInfo.processInfo.activeProcessorCount / 2)), megabytes: 4096)

    /// What root does in a new guest: packs of older releases lose the owners of files. The archive is on standard input.
    static let provisioning =
        "chown -R \(Contract.agentUID):\(Contract.agentUID) \(Contract.agentHome) && exec tar -x -p -f - -C /"

    /// Whether the machine has to have a bottle's policy when it starts.
    var isWhole: Bool { mode == .bottle && flags == .only(plan.addresses.bundle) }

    var flags: SmolvmPolicy {
        if mode == .open { return .open(socket) }
        return .only(plan.addresses.bundle)
    }

    /// Where the guest's names are asked: its own gateway passes them on.
    static func resolvers(_ configured: [String], _ record: MachineRecord) -> [String] {
        configured.map { $0 == gateway ? record.dns ?? "the host's" : $0 }
    }
}
