// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleBackends
    import BottleCore
    package import BottleSystem

    /// Puts things in the way of launches on a host that lends its networks: a world of namespaces, or an engine's.
    package struct NamespacesObstacles: TrialObstacles {
        private let host: any NamespaceHost

        package init(host: any NamespaceHost) { self.host = host }

        package var resolver: String { WorldLayout.nameServer }

        package func takeNetwork(_ cidr: String, of slug: String) async throws -> Undo {
            let name = "\(slug)-foreign"
            let host = host
            let link = NetworkPort(WorldLayout.host, "foreign")
            try await host.makeNetwork(name)
            try await host.makeWire(link, NetworkPort(name, "eth0"))
            try await host.addAddress(cidr, to: link)
            return {
                try? await host.dropNetwork(name)
                // The kernel takes the wire away a moment later.
                let deadline = ContinuousClock.now + .seconds(5)
                while ContinuousClock.now < deadline,
                    (try? await host.routes(in: WorldLayout.host))?.contains(where: { $0.interface == "foreign" })
                        == true
                {
                    try? await Task.sleep(for: .milliseconds(2))
                }
            }
        }
    }
#endif
