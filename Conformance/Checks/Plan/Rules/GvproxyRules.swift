// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

/// What a gvproxy.yaml may say: its defaults lead to the host, so that nothing may be left to them.
enum GvproxyRules {
    private static let topLevel: Set<String> = [
        "interfaces", "stack", "ec2-metadata-access", "port_forwards", "forwards",
    ]
    private static let stackKeys: Set<String> = [
        "mtu", "subnet", "gatewayIP", "deviceIP", "hostIP", "gatewayMacAddress", "dns", "dnsSearchDomains", "forwards",
        "nat", "gatewayVirtualIPs", "dhcpStaticLeases", "ec2MetadataAccess",
    ]

    /// What is wrong with a file, a sentence each.
    static func differences(_ value: JSONValue, _ expected: ExpectedPlan) -> [String] {
        let stack = value["stack"]
        let gateway = stack?["gatewayIP"]?.string ?? ""
        var found: [String?] = [
            unknown(value, topLevel, "gvproxy.yaml"), unknown(stack, stackKeys, "stack of gvproxy.yaml"),
            interface(value["interfaces"]),
            difference("nat of gvproxy", map(stack?["nat"]), wanted: ["\(gateway) to \(expected.bundle)"]),
            empty("forwards of gvproxy's stack", stack?["forwards"]), empty("forwards of gvproxy", value["forwards"]),
            empty("gatewayVirtualIPs of gvproxy", stack?["gatewayVirtualIPs"]),
            empty("dnsSearchDomains of gvproxy", stack?["dnsSearchDomains"]),
            off("ec2MetadataAccess", stack?["ec2MetadataAccess"]),
            off("ec2-metadata-access", value["ec2-metadata-access"]),
        ]
        if gateway.isEmpty {
            found.append("gvproxy.yaml names no gatewayIP, so that nobody knows where the sidecars are")
        }
        found += zones(stack?["dns"], gateway)
        found += forwards(value["port_forwards"], gateway, expected)
        return found.compactMap(\.self)
    }

    private static func unknown(_ value: JSONValue?, _ known: Set<String>, _ what: String) -> String? {
        let more = Set(value?.members?.keys.map { $0 } ?? []).subtracting(known).sorted()
        return more.isEmpty ? nil : "\(what) has \(more.joined(separator: ", ")), which no bottle needs"
    }

    private static func interface(_ value: JSONValue?) -> String? {
        guard let members = value?.members, members.count == 1, let socket = members["vfkit"]?.string,
            socket.hasPrefix("unixgram:///")
        else { return "gvproxy has another interface than the guest's card on a unixgram socket" }
        return nil
    }

    private static func map(_ value: JSONValue?) -> [String] {
        (value?.members ?? [:]).map { "\($0.key) to \($0.value.string ?? "<no text>")" }.sorted()
    }

    private static func empty(_ what: String, _ value: JSONValue?) -> String? {
        guard let value, value != .null, value.members?.isEmpty != true, value.array?.isEmpty != true else {
            return nil
        }
        return "\(what) is not empty: \(Quoted(value.pretty, limit: 120))"
    }

    private static func off(_ what: String, _ value: JSONValue?) -> String? {
        value == nil || value == .bool(false) ? nil : "\(what) of gvproxy is on"
    }

    /// `proxy.internal` at the gateway, and a zone for every other name in which there is none.
    private static func zones(_ value: JSONValue?, _ gateway: String) -> [String] {
        let zones = value?.array ?? []
        let wanted: [JSONValue] = [
            .object([
                "name": .string("internal."),
                "records": .array([.object(["name": .string("proxy"), "ip": .string(gateway)])]),
            ]),
            .object(["name": .string(""), "records": .array([])]),
        ]
        var found: [String] = []
        for zone in zones where !wanted.contains(zone) {
            found.append(
                "gvproxy answers for the zone \(Quoted(zone["name"]?.string ?? "", limit: 60)) otherwise than planned")
        }
        if !zones.contains(wanted[0]) { found.append("gvproxy does not resolve proxy.internal to the gateway") }
        if zones.last != wanted[1] { found.append("gvproxy asks the host's resolver for every other name") }
        return found
    }

    private static func forwards(_ value: JSONValue?, _ gateway: String, _ expected: ExpectedPlan) -> [String] {
        var wanted = ["pipelock at \(gateway):8888"]
        if !expected.bottle.gitUpstreams.isEmpty { wanted.append("git-gate at \(gateway):8889") }
        if expected.bottle.supervise { wanted.append("supervise at \(gateway):8890") }
        let forwards = value?.array ?? []
        let got = forwards.map { "\($0["name"]?.string ?? "?") at \($0["guest"]?.string ?? "?")" }.sorted()
        var found = [difference("port_forwards of gvproxy", got, wanted: wanted.sorted())].compactMap(\.self)
        for forward in forwards where forward["host"]?.string?.hasPrefix("127.0.0.1:") != true {
            found.append("a forward of gvproxy does not end on the host's 127.0.0.1")
        }
        return found
    }
}
