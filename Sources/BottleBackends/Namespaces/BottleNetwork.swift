// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleSystem

/// The networks of one bottle: guest to bundle, bundle to host, and what a fault adds or leaves out.
///
/// The guest has a host route to the bundle and nothing else, so that every other destination fails at once and in the
/// guest's own kernel. The bundle does not forward: what it lets through, its daemons let through.
struct BottleNetwork {
    let host: any NamespaceHost
    let slug: String
    let addresses: AddressPlan
    let faults: Set<Fault>
    let mode: NetworkMode
    /// Whether the world has IPv6 at all.
    let hasIPv6: Bool

    /// Whether the guest has no network of its own but sits in its host's.
    var guestSharesHost: Bool { mode == .open || faults.contains(.hostnet) }

    var bundleNetwork: String { WorldLayout.bundleNetwork(slug) }
    var guestNetwork: String { guestSharesHost ? WorldLayout.host : WorldLayout.guestNetwork(slug) }

    private var gatewayLink: NetworkPort {
        // Two bottles of one network have the same name for it, unless they are to get that far.
        let suffix = faults.contains(.nocheck) ? "n\(AddressPlan(slug: "\(slug)-link").octet)" : ""
        return NetworkPort(WorldLayout.host, "h\(addresses.octet)\(suffix)")
    }
    /// The host's end of the wire that only a fault has.
    private var leakLink: NetworkPort { NetworkPort(WorldLayout.host, "o\(addresses.octet)") }
    private var guestLink: NetworkPort { NetworkPort(guestNetwork, "eth0") }
    private var guestLeak: NetworkPort { NetworkPort(guestNetwork, "eth1") }
    private var bundleGuestLink: NetworkPort { NetworkPort(bundleNetwork, "g0") }

    /// Makes the networks, wires, addresses and routes; the caller tears down when this throws.
    ///
    /// - Parameter beforeStep: Called with the name of every step right before it, which fails with its error.
    func build(beforeStep: (String) async throws -> Void) async throws {
        let bundleLink = NetworkPort(bundleNetwork, "eth0")
        try await beforeStep("bundle-network")
        try await host.makeNetwork(bundleNetwork)
        try await beforeStep("bundle-wire")
        try await host.makeWire(gatewayLink, bundleLink)
        try await host.addAddress("\(addresses.gateway)/24", to: gatewayLink)
        try await host.addAddress("\(addresses.bundle)/24", to: bundleLink)
        try await host.addRoute("0.0.0.0/0", in: bundleNetwork, interface: "eth0", via: addresses.gateway)
        try await host.setDevice(gatewayLink, forwarding: true, routeLocalnet: nil)
        guard !guestSharesHost else { return }

        try await beforeStep("guest-network")
        try await host.makeNetwork(guestNetwork)
        try await beforeStep("guest-wire")
        try await host.makeWire(bundleGuestLink, guestLink)
        // /32: with a wider prefix the guest would wait for neighbours that do not exist instead of failing at once.
        try await host.addAddress("\(addresses.guest)/32", to: guestLink)
        try await host.addRoute("\(addresses.guest)/32", in: bundleNetwork, interface: "g0", via: nil)
        if !faults.contains(.blackhole) {
            try await host.addRoute("\(addresses.bundle)/32", in: guestNetwork, interface: "eth0", via: nil)
        }
        try await buildLeak()
    }

    /// A route that a fault gives the guest past its bundle.
    private struct Leak {
        let destination: String
        /// nil where the host itself answers for the destination.
        let via: String?
    }

    private var leaks: [Leak] {
        var leaks: [Leak] = []
        let gateway = Leak(destination: "\(addresses.gateway)/32", via: nil)
        let nextV6 = String(WorldLayout.leakAddressV6(addresses, host: 1).prefix { $0 != "/" })
        if faults.contains(.v6open), hasIPv6 { leaks.append(Leak(destination: "::/0", via: nextV6)) }
        if faults.contains(.open) {
            leaks += [gateway, Leak(destination: "0.0.0.0/0", via: addresses.gateway)]
            if hasIPv6 { leaks.append(Leak(destination: "::/0", via: nextV6)) }
        } else if faults.contains(.gwopen) {
            leaks.append(gateway)
            leaks += [WorldLayout.uplinkAddress, WorldLayout.lanAddress].map { Leak(destination: "\($0)/32", via: nil) }
            if hasIPv6 {
                leaks += [WorldLayout.uplinkAddressV6, WorldLayout.lanAddressV6].map {
                    Leak(destination: "\($0)/128", via: nextV6)
                }
            }
        }
        // The host forwards between the networks of all bottles already: it is their gateway.
        if faults.contains(.sharednet) {
            leaks += [gateway, Leak(destination: "10.77.0.0/16", via: addresses.gateway)]
        }
        if faults.contains(.autoresolver) {
            leaks.append(Leak(destination: "\(WorldLayout.hostResolver)/32", via: nil))
        }
        if faults.contains(.hostalias) {
            leaks += HostAliases.addresses.map { Leak(destination: "\($0)/32", via: nil) }
        }
        if faults.contains(.loop127) { leaks.append(Leak(destination: "127.0.0.0/8", via: nil)) }
        return leaks
    }

    private func buildLeak() async throws {
        let leaks = self.leaks
        guard !leaks.isEmpty else { return }
        try await host.makeWire(leakLink, guestLeak)
        try await host.addRoute("\(addresses.guest)/32", in: WorldLayout.host, interface: leakLink.interface, via: nil)
        if !faults.isDisjoint(with: [.open, .v6open, .sharednet]) {
            try await host.setDevice(leakLink, forwarding: true, routeLocalnet: nil)
        }
        if faults.contains(.loop127) {
            try await host.narrowLoopback(in: guestNetwork)
            try await host.setDevice(guestLeak, forwarding: nil, routeLocalnet: true)
            try await host.setDevice(leakLink, forwarding: nil, routeLocalnet: true)
        }
        if hasIPv6, leaks.contains(where: { $0.destination.contains(":") }) {
            try await host.addAddress(WorldLayout.leakAddressV6(addresses, host: 1), to: leakLink)
            try await host.addAddress(WorldLayout.leakAddressV6(addresses, host: 3), to: guestLeak)
            try await host.addAddress(WorldLayout.routerLinkLocal, to: leakLink)
        }
        for leak in leaks {
            try await host.addRoute(leak.destination, in: guestNetwork, interface: "eth1", via: leak.via)
        }
    }

    /// Drops the guest's network and waits until its stack is gone, so that nothing it sent is still under way.
    func dropGuest(deadline: ContinuousClock.Instant) async throws {
        guard !guestSharesHost else { return }
        try await host.dropNetwork(guestNetwork)
        // The kernel takes a network down in the background; its end of a wire takes the other end along.
        try await Poll.until(deadline, "the guest network of bottle \(slug) to disappear") {
            await !hasRoute(in: bundleNetwork, through: ["g0"])
        }
        try await Poll.until(deadline, "the links of bottle \(slug) to disappear") {
            await !hasRoute(in: WorldLayout.host, through: [leakLink.interface])
        }
    }

    /// Drops the bundle's network and waits until its address range is free again.
    func dropBundle(deadline: ContinuousClock.Instant) async throws {
        try await host.dropNetwork(bundleNetwork)
        try await Poll.until(deadline, "the network of bottle \(slug) to disappear") {
            await !hasRoute(in: WorldLayout.host, through: [gatewayLink.interface])
        }
    }

    /// A network that cannot be read any more has no routes.
    private func hasRoute(in network: String, through interfaces: Set<String>) async -> Bool {
        guard let routes = try? await host.routes(in: network) else { return false }
        return routes.contains { interfaces.contains($0.interface) }
    }
}
