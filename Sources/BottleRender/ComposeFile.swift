// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// `compose.yaml` of a bottle: the guest on a private network with the bundle, and the bundle alone on a second one that
/// leads outward.
///
/// The guest's network keeps a bridge address of the host even when it is internal; a launch closes it with rules of its
/// own, which no compose file can express.
package enum ComposeFile {
    /// Where the names of the token variables stand in the bundle; their values never do.
    package static let tokenNamesVariable = "BOTTLE_TOKEN_VARIABLES"
    /// Which daemons the bundle's init starts.
    package static let daemonsVariable = "BOTTLE_DAEMONS"

    /// The file, one trailing newline included; a `$` in a value is doubled, so that compose fills nothing in.
    ///
    /// - Throws: `.input` for a name, image, address, path, variable or limit that an engine would read as something else.
    package static func render(_ input: ComposeInput) throws(BottleError) -> [UInt8] {
        let machine = "claude-bottle-\(try Slug(input.slug))"
        let network = try IPv4.network24(input.subnet, "bottle's subnet")
        let bundle = try RenderRules.bundleAddress(input.bundleAddress)
        let guest = try IPv4(input.guestAddress, "guest address")
        guard [bundle, guest].allSatisfy({ $0.neighbour(0) == network && (2...254).contains($0.octets[3]) }),
            bundle != guest
        else {
            throw BottleError(
                .input,
                """
                The guest \(guest) and the bundle \(bundle) cannot be in \(network.network24) together: give each an \
                address of its own there, from .2 to .254.
                """)
        }
        for variable in input.tokenVariables {
            try RenderRules.manifest(ManifestRules.problem(withTokenVariable: variable), "token", variable)
        }
        for daemon in input.daemons {
            try RenderRules.manifest(ManifestRules.problem(withName: daemon), "daemon", daemon)
        }
        var labels = input.labels
        labels["bottle"] = machine
        let labelNode = try labelMap(labels)

        var bundleService = input.bundle
        bundleService.environment[daemonsVariable] = input.daemons.joined(separator: ",")
        bundleService.environment[tokenNamesVariable] = input.tokenVariables.joined(separator: ",")
        var guestEntries = try service(input.guest, "guest", machine: machine, labels: labelNode)
        guestEntries += [
            .init("depends_on", .texts(["bundle"])),
            // The engine's own resolver asks there on the guest's behalf, and nothing answers.
            .init("dns", .texts(["\(bundle)"])),
            .init("dns_search", .texts(["."])),
            .init("networks", .map([.init("bottle", address(guest))])),
        ]
        var bundleEntries = try service(bundleService, "bundle", machine: machine, labels: labelNode)
        bundleEntries += [
            // Token values come in here and nowhere else.
            .init("stdin_open", .bool(true)),
            .init("networks", .map([.init("bottle", address(bundle)), .init("outward", .map([]))])),
        ]
        let services: [YAMLNode.Entry] = [.init("guest", .map(guestEntries)), .init("bundle", .map(bundleEntries))]
        return YAMLNode.document([
            .init("name", .text(machine)),
            .init("services", .map(services)),
            .init("networks", .map(networks(machine: machine, subnet: network, labels: labelNode))),
        ])
    }

    private static func networks(machine: String, subnet: IPv4, labels: YAMLNode) -> [YAMLNode.Entry] {
        let pool = YAMLNode.map([
            .init("subnet", .text(subnet.network24)), .init("gateway", .text("\(subnet.neighbour(1))")),
        ])
        return [
            .init(
                "bottle",
                .map([
                    .init("name", .text(machine)),
                    .init("driver", .text("bridge")),
                    .init("internal", .bool(true)),
                    .init("enable_ipv6", .bool(false)),
                    .init("ipam", .map([.init("config", .list([pool]))])),
                    .init("labels", labels),
                ])),
            .init(
                "outward",
                .map([
                    .init("name", .text("\(machine)-outward")),
                    .init("driver", .text("bridge")),
                    .init("enable_ipv6", .bool(false)),
                    .init("labels", labels),
                ])),
        ]
    }

    private static func service(
        _ service: ComposeInput.Service, _ role: String, machine: String, labels: YAMLNode
    ) throws(BottleError) -> [YAMLNode.Entry] {
        try RenderRules.image(service.image, "image of the \(role)")
        try RenderRules.environment(service.environment)
        let environment = CodePointOrder.sorted(service.environment).map {
            YAMLNode.Entry($0.key, .text(literal($0.value)))
        }
        guard service.limits.processes > 0, service.limits.memory > 0 else {
            throw BottleError(.input, "The limits of the \(role) are not above 0: an engine reads 0 as \"no limit\".")
        }
        if let bad = service.command.first(where: { $0.utf8.contains(0) }) {
            throw BottleError(.input, "The argument \(Quoted(bad)) of the \(role) contains a NUL byte.")
        }
        let memory = YAMLNode.text("\(service.limits.memory)b")
        var entries: [YAMLNode.Entry] = [
            .init("image", .text(service.image)),
            .init("container_name", .text(role == "guest" ? machine : "\(machine)-\(role)")),
            .init("command", .texts(service.command.map(literal))),
            .init("environment", .map(environment)),
            .init("labels", labels),
            .init("init", .bool(true)),
            .init("read_only", .bool(true)),
            .init("tmpfs", .texts(["/tmp:mode=1777", "/run:mode=0755"])),
            .init("cap_drop", .texts(["ALL"])),
            .init("security_opt", .texts(["no-new-privileges:true"])),
            .init("privileged", .bool(false)),
            .init("ipc", .text("private")),
            .init("pids_limit", .number(service.limits.processes)),
            .init("mem_limit", memory),
            // Together with memory: the same number means no swap.
            .init("memswap_limit", memory),
            .init("restart", .text("no")),
            .init("volumes", .list(try mounts(service.mounts))),
        ]
        if let user = service.user {
            try RenderRules.manifest(
                ManifestRules.problem(withName: user.replacing(":", with: "-")), "user of the \(role)", user)
            entries.append(.init("user", .text(user)))
        }
        return entries
    }

    private static func mounts(_ mounts: [ComposeInput.Mount]) throws(BottleError) -> [YAMLNode] {
        var result: [YAMLNode] = []
        var targets: Set<String> = []
        for mount in mounts {
            try RenderRules.path(mount.source, "mount source")
            try RenderRules.path(mount.target, "mount target")
            // The engine's socket is the host.
            if mount.source.hasSuffix(".sock") {
                throw BottleError(.input, "The mount source \(Quoted(mount.source)) is a socket: mount none.")
            }
            guard targets.insert(mount.target).inserted else {
                throw BottleError(.input, "The mount target \(Quoted(mount.target)) is there twice: give each once.")
            }
            result.append(
                .map([
                    .init("type", .text("bind")),
                    .init("source", .text(literal(mount.source))),
                    .init("target", .text(literal(mount.target))),
                    .init("read_only", .bool(mount.isReadOnly)),
                    .init("bind", .map([.init("create_host_path", .bool(false))])),
                ]))
        }
        return result
    }

    private static func labelMap(_ labels: [String: String]) throws(BottleError) -> YAMLNode {
        for (name, value) in CodePointOrder.sorted(labels) {
            try RenderRules.manifest(ManifestRules.problem(withName: name), "label", name)
            try RenderRules.line(value, "value of the label \(name)")
        }
        return .sorted(labels.mapValues(literal))
    }

    private static func address(_ address: IPv4) -> YAMLNode { .map([.init("ipv4_address", .text("\(address)"))]) }

    /// Text that compose hands on as it is: it fills in `$NAME` and `${...}` also between quotes.
    private static func literal(_ text: String) -> String {
        // By scalar: a dollar with a combining character behind it is another Character, and to compose a dollar.
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar == "$" { result += "$" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
