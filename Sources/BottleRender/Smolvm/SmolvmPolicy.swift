// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What the network of a guest is let do, as flags of `machine create`.
///
/// A bottle has `only`; everything else is an open twin's, or broken on purpose.
package struct SmolvmPolicy: Sendable, Hashable {
    /// Destinations, as CIDRs. Without any there is no list, and with a network that means everything.
    package var allow: [String]
    /// The only address at which names are asked; nil is the host's resolver.
    package var dns: String?
    /// Whether every name is refused before anybody is asked.
    package var refusesNames: Bool
    /// Whether there is a network without a list of destinations as well.
    package var network: Bool
    /// `virtio-net` or `tsi`; nil leaves it to smolvm.
    package var attachment: String?
    /// Ports of the host that lead into the guest, `HOST:GUEST`.
    package var published: [String]
    /// Sockets of the host that stand in the guest, `HOST_PATH:GUEST_PATH`.
    package var sockets: [String]

    package init(
        allow: [String] = [], dns: String? = nil, refusesNames: Bool = false, network: Bool = false,
        attachment: String? = nil, published: [String] = [], sockets: [String] = []
    ) {
        self.allow = allow
        self.dns = dns
        self.refusesNames = refusesNames
        self.network = network
        self.attachment = attachment
        self.published = published
        self.sockets = sockets
    }

    /// The policy of a bottle. The three belong together: a list of addresses alone leaves every name server reachable.
    package static func only(_ bundle: String) -> SmolvmPolicy {
        SmolvmPolicy(allow: ["\(bundle)/32"], dns: bundle, refusesNames: true)
    }

    /// No policy: everything that the host reaches, its own loopback included, and a socket of the host.
    ///
    /// - Parameter dns: Who is asked for names: without it smolvm asks the host's resolver, or a public one.
    package static func open(_ socket: String, dns: String) -> SmolvmPolicy {
        SmolvmPolicy(dns: dns, network: true, attachment: "virtio-net", sockets: ["\(socket):/run/host.sock"])
    }

    var flags: [String] {
        var flags = network ? ["--net"] : []
        if let attachment { flags += ["--net-backend", attachment] }
        flags += allow.flatMap { ["--allow-cidr", $0] }
        if let dns { flags += ["--dns", dns] }
        if refusesNames { flags += ["--allow-host-pattern", SmolvmSmolfile.nobody] }
        return flags + published.flatMap { ["-p", $0] } + sockets.flatMap { ["--mount-socket", $0] }
    }
}
