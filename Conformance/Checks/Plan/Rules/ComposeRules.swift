// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

/// What a compose file may say about a bottle.
enum ComposeRules {
    /// Keys of a service that open it to the host or to others.
    private static let opening = [
        "ports", "cap_add", "devices", "device_cgroup_rules", "extra_hosts", "external_links", "links", "volumes_from",
        "userns_mode", "cgroup_parent", "sysctls", "uts", "pid",
    ]

    /// What is wrong with a file, a sentence each.
    static func differences(_ value: JSONValue, _ expected: ExpectedPlan, _ paths: HostPaths) -> [String] {
        let services = value["services"]?.members ?? [:]
        var found = services.sorted { $0.key < $1.key }.flatMap { name, service in Self.service(name, service) }
        let guests = services.filter { $0.value["container_name"]?.string == expected.machine }
        guard guests.count == 1, let (name, guest) = guests.first else {
            return found + ["the compose file has \(guests.count) services named \(expected.machine), expected one"]
        }
        let networks = networks(of: guest, services)
        guard networks.count == 1, let network = networks.first else {
            return found + ["the guest is in \(networks.count) networks, expected the bottle's own"]
        }
        found += self.network(value[path: "networks", network], expected)
        if let problem = difference("dns of the guest", guest["dns"]?.texts ?? [], wanted: [expected.bundle]) {
            found.append("\(problem): the engine's resolver asks the host's")
        }
        for volume in guest["volumes"]?.array ?? [] {
            let source = volume["source"]?.string ?? volume.string ?? ""
            let isOurs = [HostPaths.bottle, HostPaths.stage].contains { paths.named(source).hasPrefix("\($0)/") }
            if !isOurs || volume["read_only"] != .bool(true) {
                found.append("the service \(name) has the volume \(Quoted(paths.named(source))) of the host")
            }
        }
        return found
    }

    private static func service(_ name: String, _ service: JSONValue) -> [String] {
        var found = opening.filter { isSet(service[$0]) }.map { "the service \(name) has \($0)" }
        if service["privileged"] == .bool(true) { found.append("the service \(name) is privileged") }
        if let ipc = service["ipc"]?.string, ipc != "private", ipc != "none" {
            found.append("the service \(name) shares ipc: \(Quoted(ipc))")
        }
        if let mode = service["network_mode"]?.string, mode != "none", !mode.hasPrefix("service:") {
            found.append("the service \(name) has the network mode \(Quoted(mode))")
        }
        for option in service["security_opt"]?.texts ?? [] where option.contains("unconfined") {
            found.append("the service \(name) has \(Quoted(option))")
        }
        for volume in service["volumes"]?.array ?? [] {
            let source = volume["source"]?.string ?? volume.string ?? ""
            if source.contains(".sock") { found.append("the service \(name) mounts the socket \(Quoted(source))") }
        }
        return found
    }

    /// The networks that a service is in, its own or those of the service whose network it shares.
    private static func networks(of service: JSONValue, _ services: [String: JSONValue]) -> [String] {
        if let mode = service["network_mode"]?.string {
            guard mode.hasPrefix("service:"), let other = services[String(mode.dropFirst(8))],
                other["network_mode"] == nil
            else { return [] }
            return networks(of: other, services)
        }
        return service["networks"]?.members?.keys.sorted() ?? service["networks"]?.texts ?? []
    }

    private static func network(_ network: JSONValue?, _ expected: ExpectedPlan) -> [String] {
        guard let network else { return ["the compose file does not say what the guest's network is"] }
        let pools = network[path: "ipam", "config"]?.array ?? []
        var found = [
            difference(
                "subnet of the guest's network", pools.map { $0["subnet"]?.string ?? "" }, wanted: [expected.subnet])
        ].compactMap(\.self)
        if network["internal"] != .bool(true) { found.append("the guest's network is not internal") }
        if isSet(network["enable_ipv6"]) { found.append("the guest's network has IPv6") }
        if isSet(network["external"]) { found.append("the guest's network is somebody else's") }
        if let driver = network["driver"]?.string, driver != "bridge" {
            found.append("the guest's network has the driver \(Quoted(driver))")
        }
        return found
    }

    private static func isSet(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null, .bool(false): false
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        default: true
        }
    }
}
