// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem

/// The addresses and names under which products that run containers or machines let their guests reach the host.
///
/// They are hosted in networks of our own, or on an engine's host that has no way to them: where there is a route, they
/// may be somebody else's.
package enum HostAliases {
    /// Docker Desktop (VPNKit and later), gvisor-tap-vsock's gateway and host, the user network of QEMU and of
    /// slirp4netns, Lima, smolvm, and pasta.
    package static let addresses = [
        "192.168.65.1", "192.168.65.2", "192.168.65.7", "192.168.65.254", "192.168.127.1", "192.168.127.254",
        "10.0.2.2", "10.0.2.3", "192.168.5.2", "100.96.0.1", "169.254.1.1",
    ]

    /// What the vendors' resolvers make of their names.
    package static let names = [
        "host.docker.internal": "192.168.65.254", "gateway.docker.internal": "192.168.65.1",
        "host.containers.internal": "192.168.127.254", "gateway.containers.internal": "192.168.127.1",
        "host.lima.internal": "192.168.5.2",
    ]

    /// Adds to an interface of a host all addresses to which this host has no way.
    ///
    /// - Returns: Why the others were left out, by address.
    static func host(on host: any NamespaceHost, _ port: NetworkPort) async -> [String: String] {
        var unsafe: [String: String] = [:]
        for address in addresses {
            do {
                let interface = try await host.interface(to: address, in: port.network)
                unsafe[address] = "the host reaches \(address) through \(interface) already"
                continue
            } catch let error as BottleError where error.code == .notFound {
                // Only the kernel's word that there is no way makes the address safe.
            } catch {
                unsafe[address] = "whether the host reaches \(address) is not known: \(error)"
                continue
            }
            do {
                try await host.addAddress("\(address)/32", to: port)
            } catch {
                unsafe[address] = "\(address) cannot be given to \(port.interface): \(error)"
            }
        }
        return unsafe
    }
}
