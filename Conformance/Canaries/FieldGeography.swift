// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
package import ConformanceEngine

/// Which addresses and ports a field listens on; `world` is that of a namespaces world.
package struct FieldGeography: Sendable {
    /// Name of the network that is the bottle's host.
    package var host: String
    /// Name of the network that is the internet.
    package var internet: String
    package var machineLoopback: String
    package var machineLoopbackV6: String
    package var hostLoopback: String
    package var hostLoopbackOther: String
    package var hostLoopbackV6: String
    package var hostInterfaces: [String]
    package var hostInterfaceV6: String
    package var hostResolver: String
    /// Addresses under which vendors let guests reach the host.
    package var hostAliases: [String]
    /// Which of them the vendors' names lead to.
    package var aliasNames: [String: String]
    /// Why others are not hosted, by address.
    package var unsafe: [String: String]
    package var nameServer: String
    /// By session.
    package var offHost: [Session: String]
    /// By session.
    package var offHostV6: [Session: String]
    /// The host's address on the link of the bottle with this slug.
    package var gateway: @Sendable (_ slug: String) -> String
    /// Whether local sockets can have names that belong to a network.
    package var hasAbstractNames: Bool {
        #if os(Linux)
            true
        #else
            false
        #endif
    }
    /// Whether there can be sockets between virtual machines and their host.
    var hasMachineSockets: Bool { hasAbstractNames }
    /// What the well-known ports are here; a port that is not in the table is itself.
    package var wellKnownPorts: [UInt16: UInt16]
    /// Where a session's own port is drawn from; outside the kernel's ephemeral range, so that no client holds one.
    package var portRange: ClosedRange<UInt16>
    /// The zone both name servers are authoritative for.
    package var zone: String

    /// The addresses of `WorldLayout`, and loopback of the machine.
    package static let world = FieldGeography(
        host: WorldLayout.host,
        internet: WorldLayout.internet,
        machineLoopback: "127.0.0.1",
        machineLoopbackV6: "::1",
        hostLoopback: "127.0.0.1",
        hostLoopbackOther: "127.0.0.2",
        hostLoopbackV6: "::1",
        hostInterfaces: [WorldLayout.lanAddress, WorldLayout.uplinkAddress],
        hostInterfaceV6: WorldLayout.lanAddressV6,
        hostResolver: WorldLayout.hostResolver,
        hostAliases: HostAliases.addresses,
        aliasNames: HostAliases.names,
        unsafe: [:],
        nameServer: WorldLayout.nameServer,
        offHost: Dictionary(uniqueKeysWithValues: zip(Session.allCases, WorldLayout.offHost)),
        offHostV6: Dictionary(uniqueKeysWithValues: zip(Session.allCases, WorldLayout.offHostV6)),
        gateway: { AddressPlan(slug: $0).gateway },
        wellKnownPorts: [:],
        portRange: 20_000...29_999,
        zone: WorldLayout.zone
    )

    /// The same without aliases for the host, which are more than a third of all canaries.
    package var withoutAliases: FieldGeography {
        var geography = self
        geography.hostAliases = []
        geography.aliasNames = [:]
        return geography
    }

    /// The same without the addresses that cannot be hosted safely, given with the reasons.
    package func without(_ unsafe: [String: String]) -> FieldGeography {
        var geography = self
        geography.hostAliases.removeAll { unsafe[$0] != nil }
        geography.aliasNames = geography.aliasNames.filter { unsafe[$0.value] == nil }
        geography.unsafe = unsafe
        return geography
    }

    func port(_ wellKnown: UInt16) -> UInt16 { wellKnownPorts[wellKnown] ?? wellKnown }
}
