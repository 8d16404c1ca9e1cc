// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleSystem
import ConformanceEngine
import Testing

@testable import ConformanceCanaries

/// The field in real network namespaces, with the addresses of a world.
@Suite(.timeLimit(.minutes(1)), .serialized) struct WorldTests {
    private static let slug = "canary-world"
    private static let plan = AddressPlan(slug: slug)
    private static let bundle = WorldLayout.bundleNetwork(slug)

    @Test func canariesOfAWorldAnswerAndWitness() async throws {
        try await Self.withWorld { world in
            let field = try await NamespacesField.start(over: world)
            // Before the link exists, as in a run.
            let session = try await field.open(session: .bottle, slug: Self.slug)
            // What a kernel may lack.
            #expect(session.unhosted.filter { !["machine-loopback-v6", "host-vsock"].contains($0.key) } == [:])
            let isDialled = !session.canaries(at: .hostVsock).isEmpty
            #expect(isDialled || session.unhosted["host-vsock"]?.contains("load the module vsock") == true)
            let early = await field.control(session, moment: .before)
            #expect(early.filter { !$0.answered && !Self.isEarly($0.canary) } == [])

            try await Self.addBundle(to: world)
            let controls = await field.control(session, moment: .before)
            #expect(controls.filter { !$0.answered || !$0.routeIsOurs } == [])

            let reached = try await Self.attack(session, from: world)
            try await world.dropNetwork(Self.bundle)
            #expect(await field.fence(session) == [])
            let witness = await field.witness()
            for (canary, nonce) in reached {
                let record = witness.first { $0.nonces == [nonce.text] }
                #expect(record?.canary == canary.id)
                #expect(record?.peer.hasPrefix("\(Self.plan.bundle):") == true)
            }
            #expect(witness.count == reached.count, "nothing but the attack is in the witness")
            await field.close()
        }
    }

    @Test func gatewayIsFencedWithNothingLeftToSendThrough() async throws {
        try await Self.withWorld { world in
            let field = try await NamespacesField.start(over: world)
            var session = try await field.open(session: .variant, slug: Self.slug)
            try await Self.addBundle(to: world)
            session.canaries = session.canaries(at: .gateway)
            let canary = try session.canary(.gateway, .echo)
            let socket = try await world.socket(in: Self.bundle, family: .ipv4, type: .datagram)
            let nonces = (0..<500).map { _ in Nonce.fresh() }
            try await TestClient.use(canary, over: socket) { client in
                for nonce in nonces { try client.send(nonce.text) }
            }
            try await world.dropNetwork(Self.bundle)
            #expect(await field.fence(session) == [])
            // A datagram may be dropped at a full socket, as by any network, but none may arrive after the fence.
            let fenced = await field.witness()
            #expect(fenced.count > 100)
            #expect(await field.fence(session) == [])
            #expect(await field.witness() == fenced)
            await field.close()
        }
    }

    /// Sends a nonce from the bundle to every canary that it can reach.
    private static func attack(
        _ session: SessionField, from world: Launcher
    ) async throws -> [(canary: Canary, nonce: Nonce)] {
        var reached: [(canary: Canary, nonce: Nonce)] = []
        let places: Set<Place> = [.gateway, .hostInterface, .hostResolver, .offHost, .nameServer]
        for canary in session.canaries where places.contains(canary.place) {
            let nonce = Nonce.fresh()
            let socket = try await world.socket(
                in: bundle, family: .ipv4, type: canary.service.isStream ? .stream : .datagram)
            try await TestClient.use(canary, over: socket) { client in
                switch canary.service {
                case .dnsUDP: try client.send(DNSQuery.bytes(name: "\(nonce).x", type: 1, id: 1))
                case .dnsTCP: try client.send(DNSQuery.tcpBytes(name: "\(nonce).x", type: 1, id: 1))
                case .http: try client.send("GET /\(nonce) HTTP/1.1\r\n\r\n")
                case .banner, .echo: try client.send(nonce.text)
                }
                #expect(try await client.read { !$0.isEmpty } != [], "\(canary.id)")
            }
            reached.append((canary, nonce))
        }
        return reached
    }

    private static func withWorld(_ body: (Launcher) async throws -> Void) async throws {
        let world = try await Launcher.start(executable: try HelperExecutable.path("bottle-launcher"))
        do {
            try await build(world)
            try await body(world)
        } catch {
            await world.stop()
            throw error
        }
        await world.stop()
    }

    /// Its address comes with the bottle's link.
    private static func isEarly(_ canary: String) -> Bool {
        canary.hasPrefix("bottle/gateway/") || canary.hasPrefix("bottle/runtime-api/")
    }

    private static func build(_ world: Launcher) async throws {
        let (host, internet) = (WorldLayout.host, WorldLayout.internet)
        try await world.makeNetwork(internet)
        try await world.makeWire(NetworkPort(host, "uplink"), NetworkPort(internet, "eth0"))
        try await world.makeWire(NetworkPort(host, "lan0"), NetworkPort(internet, "lan1"))
        for address in ["\(WorldLayout.uplinkAddress)/24", "\(WorldLayout.uplinkAddressV6)/64"] {
            try await world.addAddress(address, to: NetworkPort(host, "uplink"))
        }
        for address in [WorldLayout.nameServer] + WorldLayout.offHost {
            try await world.addAddress("\(address)/24", to: NetworkPort(internet, "eth0"))
        }
        for address in WorldLayout.offHostV6 {
            try await world.addAddress("\(address)/64", to: NetworkPort(internet, "eth0"))
        }
        let lan = ["\(WorldLayout.lanAddress)/24", "\(WorldLayout.hostResolver)/24", "\(WorldLayout.lanAddressV6)/64"]
        for address in lan { try await world.addAddress(address, to: NetworkPort(host, "lan0")) }
        for address in HostAliases.addresses {
            try await world.addAddress("\(address)/32", to: NetworkPort(host, "lan0"))
        }
        try await world.addRoute("10.77.0.0/16", in: internet, interface: nil, via: WorldLayout.uplinkAddress)
    }

    private static func addBundle(to world: Launcher) async throws {
        let link = "h\(plan.octet)"
        try await world.makeNetwork(bundle)
        try await world.makeWire(NetworkPort(WorldLayout.host, link), NetworkPort(bundle, "eth0"))
        try await world.addAddress("\(plan.gateway)/24", to: NetworkPort(WorldLayout.host, link))
        try await world.addAddress("\(plan.bundle)/24", to: NetworkPort(bundle, "eth0"))
        try await world.addRoute("0.0.0.0/0", in: bundle, interface: nil, via: plan.gateway)
        for interface in [link, "uplink"] {
            try await world.setDevice(
                NetworkPort(WorldLayout.host, interface), forwarding: true, routeLocalnet: nil)
        }
    }
}
