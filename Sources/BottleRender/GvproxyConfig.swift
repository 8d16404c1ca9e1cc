// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// What gvproxy's configuration says about a bottle.
package struct GvproxyInput: Sendable, Hashable {
    /// A sidecar that the guest reaches through its gateway.
    package enum Sidecar: String, Sendable, Hashable, CaseIterable, Codable {
        case pipelock, supervise
        case gitGate = "git-gate"

        /// The port at the gateway, as the guest dials it.
        package var gatewayPort: UInt16 {
            switch self {
            case .pipelock: 8888
            case .gitGate: 8889
            case .supervise: 8890
            }
        }
    }

    /// A port of this machine's loopback.
    package enum HostPort: Sendable, Hashable {
        case port(UInt16)
        /// A launch would choose one.
        case automatic
    }

    /// The datagram socket for the guest's network card; an absolute path.
    package var socket: String
    /// The guest's /24; the gateway is .1, the guest .2, gvproxy's alias of the host .254.
    package var subnet: String
    /// The one address outside the guest's network to which traffic for the gateway goes.
    package var bundleAddress: String
    /// The active sidecars with the host port behind each.
    package var hostPorts: [Sidecar: HostPort]

    package init(socket: String, subnet: String, bundleAddress: String, hostPorts: [Sidecar: HostPort]) {
        self.socket = socket
        self.subnet = subnet
        self.bundleAddress = bundleAddress
        self.hostPorts = hostPorts
    }
}

/// `gvproxy.yaml` in gvproxy's own schema, as far as a configuration can confine a guest; for people, no launch reads it.
///
/// gvproxy has no list of ports from guest to host and dials every destination itself, so this file confines only
/// together with a network namespace in which nothing but the bundle's address is reachable. `port_forwards` keeps the
/// contract's intent; gvproxy ignores the key, whoever stands at the bundle's address has to follow it.
package enum GvproxyConfig {
    /// The longest path of a socket, in bytes, that every platform takes.
    package static let longestSocketPath = 103

    /// The file, one trailing newline included.
    ///
    /// - Throws: `.input` for a socket, subnet, address or port that gvproxy refuses or that would open the host.
    package static func render(_ input: GvproxyInput) throws(BottleError) -> [UInt8] {
        try RenderRules.path(input.socket, "socket of gvproxy")
        guard input.socket.utf8.count <= longestSocketPath else {
            throw BottleError(
                .input,
                "The socket path \(Quoted(input.socket)) is longer than \(longestSocketPath) bytes: use a shorter one.")
        }
        let network = try IPv4.network24(input.subnet, "guest's subnet")
        let bundle = try RenderRules.bundleAddress(input.bundleAddress)
        guard [10, 172, 192].contains(network.octets[0]), bundle.neighbour(0) != network else {
            throw BottleError(
                .input,
                """
                The guest's subnet \(Quoted(input.subnet)) cannot be used with the bundle at \(bundle): give a private \
                network that does not hold the bundle.
                """)
        }
        let gateway = network.neighbour(1)
        return YAMLNode.document(
            [
                .init("interfaces", .map([.init("vfkit", .text("unixgram://\(percentEncoded(input.socket))"))])),
                .init("stack", .map(stack(network: network, gateway: gateway, bundle: bundle))),
                .init("ec2-metadata-access", .bool(false)),
                .init("port_forwards", .list(try forwards(input.hostPorts, gateway: gateway))),
            ],
            comment: [
                "Run gvproxy where only the address under \"nat\" is reachable and no name server is:",
                "whatever it can reach itself, its guest can reach too.",
                "gvproxy has no key like \"port_forwards\" and ignores it; it says what listens at that address.",
            ])
    }

    private static func stack(network: IPv4, gateway: IPv4, bundle: IPv4) -> [YAMLNode.Entry] {
        let proxy = YAMLNode.map([.init("name", .text("proxy")), .init("ip", .text("\(gateway)"))])
        return [
            .init("subnet", .text(network.network24)),
            .init("gatewayIP", .text("\(gateway)")),
            .init("deviceIP", .text("\(network.neighbour(2))")),
            .init("hostIP", .text("\(network.neighbour(254))")),
            .init(
                "dns",
                .list([
                    .map([.init("name", .text("internal.")), .init("records", .list([proxy]))]),
                    // Every other name is answered here, with "there is none", instead of being asked at the host's
                    // name server.
                    .map([.init("name", .text("")), .init("records", .list([]))]),
                ])),
            .init("dnsSearchDomains", .list([])),
            // From host to guest: nothing.
            .init("forwards", .map([])),
            // An empty map would become "the host's whole loopback at hostIP".
            .init("nat", .map([.init("\(gateway)", .text("\(bundle)"))])),
            .init("gatewayVirtualIPs", .list([])),
            .init("dhcpStaticLeases", .map([])),
            .init("ec2MetadataAccess", .bool(false)),
        ]
    }

    private static func forwards(
        _ hostPorts: [GvproxyInput.Sidecar: GvproxyInput.HostPort], gateway: IPv4
    ) throws(BottleError) -> [YAMLNode] {
        var result: [YAMLNode] = []
        var seen: Set<UInt16> = []
        for (sidecar, port) in hostPorts.sorted(by: { $0.key.gatewayPort < $1.key.gatewayPort }) {
            var host = "auto"
            if case .port(let number) = port {
                guard number > 0, seen.insert(number).inserted else {
                    throw BottleError(
                        .input, "The host port \(number) of \(sidecar.rawValue) cannot be used: it is 0 or taken twice."
                    )
                }
                host = String(number)
            }
            result.append(
                .map([
                    .init("name", .text(sidecar.rawValue)),
                    .init("guest", .text("\(gateway):\(sidecar.gatewayPort)")),
                    .init("host", .text("127.0.0.1:\(host)")),
                ]))
        }
        return result
    }

    /// A path as it stands in a URL: gvproxy takes the socket from the path of one.
    private static func percentEncoded(_ path: String) -> String {
        var result = ""
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += "%\(hex.count == 1 ? "0" : "")\(hex)"
            }
        }
        return result
    }
}
