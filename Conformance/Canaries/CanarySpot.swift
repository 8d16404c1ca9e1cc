// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// One canary that is to be opened, and where.
struct CanarySpot: Sendable {
    let canary: Canary
    /// The network it lives in; nil is the machine itself.
    let network: String?
    /// Its address may not exist yet.
    let isEarly: Bool

    private init(
        owner: String, place: Place, service: Canary.Service, address: String, port: UInt16, network: String?,
        isEarly: Bool = false
    ) {
        let transport = service.isStream ? "tcp" : "udp"
        canary = Canary(
            id: "\(owner)/\(place)/\(transport)/\(address)/\(port)", place: place, service: service, address: address,
            port: port)
        self.network = network
        self.isEarly = isEarly
    }

    /// The name servers and whoever else sits on a well-known port, which all sessions share, since it exists only once.
    static func shared(_ geography: FieldGeography) -> [CanarySpot] {
        let resolver = { (service: Canary.Service, port: UInt16) in
            CanarySpot(
                owner: "shared", place: .hostResolver, service: service, address: geography.hostResolver,
                port: geography.port(port), network: geography.host)
        }
        let nameServer = { (service: Canary.Service) in
            CanarySpot(
                owner: "shared", place: .nameServer, service: service, address: geography.nameServer,
                port: geography.port(53), network: geography.internet)
        }
        let aliases = geography.hostAliases.flatMap { address in
            [UInt16(80), 2375, 2376].map { port in
                CanarySpot(
                    owner: "shared", place: .hostAlias, service: .banner, address: address,
                    port: geography.port(port), network: geography.host)
            }
        }
        return [
            resolver(.dnsUDP, 53), resolver(.dnsTCP, 53), resolver(.banner, 80), nameServer(.dnsUDP),
            nameServer(.dnsTCP),
        ] + aliases
    }

    /// The canaries of one session; `port` is its own, the same at every place.
    ///
    /// - Parameter isMachine: The bottle's host is in the network of this machine: then both have one loopback, and one set
    ///   of local names.
    /// - Parameter sharesKernel: The bottle's host runs on the kernel of this machine: then both have the same contexts.
    static func session(
        _ session: Session, slug: String, port: UInt16, _ geography: FieldGeography, isMachine: Bool = false,
        sharesKernel: Bool = true
    ) -> [CanarySpot] {
        let owner = session.rawValue
        var spots: [CanarySpot] = []
        func add(
            _ place: Place, _ address: String?, in network: String?, tcp: Canary.Service = .banner,
            isEarly: Bool = false
        ) {
            guard let address else { return }
            for service in [tcp, .echo] {
                spots.append(
                    CanarySpot(
                        owner: owner, place: place, service: service, address: address, port: port, network: network,
                        isEarly: isEarly))
            }
        }
        func addWellKnown(_ place: Place, _ address: String?, _ service: Canary.Service, _ ports: [UInt16]) {
            guard let address else { return }
            for wellKnown in ports {
                spots.append(
                    CanarySpot(
                        owner: owner, place: place, service: service, address: address, port: geography.port(wellKnown),
                        network: geography.internet))
            }
        }
        // The machine first: its ports are the only ones that somebody else may hold.
        add(.machineLoopback, isMachine ? nil : geography.machineLoopback, in: nil)
        add(.machineLoopbackV6, isMachine ? nil : geography.machineLoopbackV6, in: nil)
        if geography.hasAbstractNames {
            let places = [(Place.machineAbstract, String?.none), (.hostAbstract, geography.host)]
            for (place, network) in places.dropFirst(isMachine ? 1 : 0) {
                spots.append(
                    CanarySpot(
                        owner: owner, place: place, service: .banner, address: "@bottle-canary-\(Nonce.fresh())",
                        port: 0, network: network))
            }
        }
        if sharesKernel, geography.hasMachineSockets {
            spots.append(
                CanarySpot(
                    owner: owner, place: .hostVsock, service: .banner, address: "cid:1", port: port, network: nil))
        }
        add(.hostLoopback, geography.hostLoopback, in: geography.host)
        add(.hostLoopbackOther, geography.hostLoopbackOther, in: geography.host)
        add(.hostLoopbackV6, geography.hostLoopbackV6, in: geography.host)
        add(.gateway, geography.gateway(slug), in: geography.host, isEarly: true)
        for port in [UInt16(2375), 2376] {
            spots.append(
                CanarySpot(
                    owner: owner, place: .runtimeAPI, service: .banner, address: geography.gateway(slug),
                    port: geography.port(port), network: geography.host, isEarly: true))
        }
        for address in geography.hostAliases { add(.hostAlias, address, in: geography.host) }
        for address in geography.hostInterfaces { add(.hostInterface, address, in: geography.host) }
        add(.hostInterfaceV6, geography.hostInterfaceV6, in: geography.host)
        add(.offHost, geography.offHost[session], in: geography.internet, tcp: .http)
        addWellKnown(.offHost, geography.offHost[session], .http, [22, 80, 443, 8443])
        addWellKnown(.offHost, geography.offHost[session], .echo, [443])
        add(.offHostV6, geography.offHostV6[session], in: geography.internet, tcp: .http)
        addWellKnown(.offHostV6, geography.offHostV6[session], .http, [80])
        return spots
    }
}

extension Canary.Service {
    /// Whether clients speak to it over TCP.
    var isStream: Bool {
        switch self {
        case .banner, .http, .dnsTCP: true
        case .echo, .dnsUDP: false
        }
    }
}
