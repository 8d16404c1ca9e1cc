// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import Testing

@Suite struct GvproxyConfigTests {
    @Test func guestIsConfinedWhateverTheSocketAndTheSidecarsAre() {
        Property.check { generator in
            let third = generator.below(256)
            var ports: [GvproxyInput.Sidecar: GvproxyInput.HostPort] = [:]
            for (index, sidecar) in GvproxyInput.Sidecar.allCases.enumerated() where generator.flag() {
                ports[sidecar] = generator.flag() ? .port(UInt16(40_000 + index)) : .automatic
            }
            let socket = HostileText.path(&generator)
            let input = GvproxyInput(
                socket: socket, subnet: "192.168.\(third).0/24", bundleAddress: "10.77.3.2", hostPorts: ports)
            guard socket.utf8.count <= GvproxyConfig.longestSocketPath else {
                return (try? GvproxyConfig.render(input)) == nil ? nil : "a long path is taken"
            }
            let parsed = try Parsed.yaml(try GvproxyConfig.render(input))
            guard Set(parsed.entries.keys) == ["interfaces", "stack", "ec2-metadata-access", "port_forwards"],
                let stack = parsed["stack"],
                Set(stack.entries.keys) == [
                    "subnet", "gatewayIP", "deviceIP", "hostIP", "dns", "dnsSearchDomains", "forwards", "nat",
                    "gatewayVirtualIPs", "dhcpStaticLeases", "ec2MetadataAccess",
                ]
            else { return "keys: \(parsed)" }
            let gateway = "192.168.\(third).1"
            guard stack["nat"] == .map([gateway: .text("10.77.3.2")]), stack["forwards"] == .map([:]) else {
                return "\(stack)"
            }
            let records = Parsed.list([.map(["name": .text("proxy"), "ip": .text(gateway)])])
            guard
                stack["dns"]
                    == .list([
                        .map(["name": .text("internal."), "records": records]),
                        .map(["name": .text(""), "records": .list([])]),
                    ])
            else { return "\(stack)" }
            guard case .text(let url)? = parsed["interfaces"]?["vfkit"], url.hasPrefix("unixgram:///"),
                Self.percentDecoded(String(url.dropFirst("unixgram://".count))).elementsEqual(socket.utf8)
            else { return "socket: \(parsed)" }
            let guestPorts: [GvproxyInput.Sidecar: Int] = [.pipelock: 8888, .gitGate: 8889, .supervise: 8890]
            let forwards = [GvproxyInput.Sidecar.pipelock, .gitGate, .supervise].compactMap { sidecar -> Parsed? in
                guard let port = ports[sidecar], let guest = guestPorts[sidecar] else { return nil }
                let host = if case .port(let number) = port { "\(number)" } else { "auto" }
                return .map([
                    "name": .text(sidecar.rawValue), "guest": .text("\(gateway):\(guest)"),
                    "host": .text("127.0.0.1:\(host)"),
                ])
            }
            return parsed["port_forwards"] == .list(forwards) ? nil : "\(parsed)"
        }
    }

    private static func percentDecoded(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%") {
                result.append(UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                bytes = bytes.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    @Test(arguments: [
        ("192.168.3.0/24", "127.0.0.1"), ("192.168.3.0/24", "192.168.3.2"), ("192.168.3.0/16", "10.77.3.2"),
        ("192.168.3.1/24", "10.77.3.2"), ("127.0.0.0/24", "10.77.3.2"), ("8.8.8.0/24", "10.77.3.2"),
        ("192.168.3.0/24", "0.0.0.0"), ("192.168.3.0/24", "169.254.169.254"), ("", ""),
    ])
    func networkThatOpensTheHostIsRefused(subnet: String, bundle: String) {
        var input = Samples.gvproxy
        input.subnet = subnet
        input.bundleAddress = bundle
        #expect(throws: BottleError.self) { try GvproxyConfig.render(input) }
    }

    @Test func hostPortsAreUsedOnce() {
        var input = Samples.gvproxy
        input.hostPorts = [.pipelock: .port(4000), .gitGate: .port(4000)]
        #expect(throws: BottleError.self) { try GvproxyConfig.render(input) }
        input.hostPorts = [.pipelock: .port(0)]
        #expect(throws: BottleError.self) { try GvproxyConfig.render(input) }
    }
}
