// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
package import BottleSystem

/// The private world that holds every bottle of this process: a host, an internet behind it, and the wires between.
///
/// It lives in user and network namespaces of its own and dies with its launcher process; nothing in it can reach, or
/// be reached from, the network of the machine.
package final class NamespacesWorld: Sendable {
    /// Makes networks and sandboxes in this world.
    package let host: any NamespaceHost
    /// Whether the kernel gives this world IPv6.
    package let hasIPv6: Bool

    private init(host: any NamespaceHost, hasIPv6: Bool) {
        self.host = host
        self.hasIPv6 = hasIPv6
    }

    /// Starts a launcher and builds the geography of `WorldLayout` in it.
    ///
    /// - Throws: `.prerequisite` when this machine does not let it, otherwise what the launcher reports.
    package static func start() async throws -> NamespacesWorld {
        #if os(Linux)
            let launcher = try await Launcher.start(executable: HelperExecutable.path("bottle-launcher"))
            do {
                return try await build(on: launcher)
            } catch {
                await launcher.stop()
                throw error
            }
        #else
            throw BottleError(.prerequisite, "The namespaces backend needs Linux.")
        #endif
    }

    /// Builds the geography on a launcher that the caller owns.
    package static func build(on host: any NamespaceHost) async throws -> NamespacesWorld {
        let uplink = NetworkPort(WorldLayout.host, "uplink")
        let internet = NetworkPort(WorldLayout.internet, "eth0")
        let lan = NetworkPort(WorldLayout.host, "lan0")
        try await host.makeNetwork(WorldLayout.internet)
        try await host.makeWire(uplink, internet)
        try await host.makeWire(lan, NetworkPort(WorldLayout.internet, "lan1"))
        try await host.addAddress("\(WorldLayout.uplinkAddress)/24", to: uplink)
        for address in [WorldLayout.nameServer] + WorldLayout.offHost {
            try await host.addAddress("\(address)/24", to: internet)
        }
        for address in [WorldLayout.lanAddress, WorldLayout.hostResolver] {
            try await host.addAddress("\(address)/24", to: lan)
        }
        try await host.addAddress("198.51.100.2/24", to: NetworkPort(WorldLayout.internet, "lan1"))
        try await host.addRoute(
            "10.77.0.0/16", in: WorldLayout.internet, interface: nil, via: WorldLayout.uplinkAddress)
        try await host.setDevice(uplink, forwarding: true, routeLocalnet: nil)
        let unsafe = await HostAliases.host(on: host, lan)
        // Nobody else is in a world of our own: what cannot be had here is a defect.
        guard unsafe.isEmpty else {
            throw BottleError(
                .launch, "The world cannot be built: \(unsafe.values.sorted().joined(separator: "; ")).")
        }
        let hasIPv6 = await addIPv6(host, uplink: uplink, internet: internet, lan: lan)
        return NamespacesWorld(host: host, hasIPv6: hasIPv6)
    }

    /// IPv6 may be switched off for the whole machine; the world then does without and says so.
    private static func addIPv6(
        _ host: any NamespaceHost, uplink: NetworkPort, internet: NetworkPort, lan: NetworkPort
    ) async -> Bool {
        do {
            try await host.addAddress("\(WorldLayout.uplinkAddressV6)/64", to: uplink)
            // A router asks for its neighbours from a link-local address and from no other.
            try await host.addAddress(WorldLayout.routerLinkLocal, to: uplink)
            for address in WorldLayout.offHostV6 { try await host.addAddress("\(address)/64", to: internet) }
            try await host.addAddress("\(WorldLayout.lanAddressV6)/64", to: lan)
            try await host.addRoute(
                WorldLayout.leakRangeV6, in: WorldLayout.internet, interface: nil, via: WorldLayout.uplinkAddressV6)
            return true
        } catch {
            return false
        }
    }

    /// Ends the world and everything in it.
    package func stop() async { await host.stop() }
}
