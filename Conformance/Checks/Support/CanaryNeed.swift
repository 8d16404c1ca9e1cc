// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// A canary that a check needs in order to mean something: at which place, over what, on which port.
struct CanaryNeed: Sendable {
    let place: Place
    let transport: Exchange.Transport
    /// nil is the session's own random port.
    let port: UInt16?
    /// A check may do without it; then its absence is no gap.
    let optional: Bool

    init(_ place: Place, _ transport: Exchange.Transport, _ port: UInt16? = nil, optional: Bool = false) {
        self.place = place
        self.transport = transport
        self.port = port
        self.optional = optional
    }

    /// Every canary that fits.
    func canaries(in field: SessionField) -> [Canary] {
        field.canaries(at: place).filter { $0.transport == transport && $0.port == port ?? field.port }
    }

    /// Why nothing can be tried there, as a sentence; nil when something can, or need not.
    func gap(in field: SessionField) -> String? {
        guard !optional, canaries(in: field).isEmpty else { return nil }
        let reason = field.unhosted[place.name] ?? "the harness opened none"
        return "there is no \(place) canary on \(transport.label) port \(port ?? field.port): \(reason)"
    }

    /// One aim for each canary that fits; `manner` ends the sentence that names a leak.
    func aims(in field: SessionField, manner: String) -> [Aim] {
        canaries(in: field).enumerated().map { index, canary in
            Aim(
                key: "\(place)/\(transport.rawValue)/\(port.map(String.init) ?? "P")#\(index)",
                deed: "the \(place) canary \(canary.endpoint) \(manner) over \(transport.label)",
                watchers: [canary], isOverIPv6: transport != .vsock && canary.address.contains(":")
            ) { canary.greeting($0, zone: field.zone) }
        }
    }
}

extension [CanaryNeed] {
    func gaps(in field: SessionField) -> [String] { compactMap { $0.gap(in: field) } }
    func aims(in field: SessionField, manner: String = "directly") -> [Aim] {
        flatMap { $0.aims(in: field, manner: manner) }
    }
}

extension Exchange.Transport {
    /// How people call it.
    var label: String {
        switch self {
        case .tcp: "TCP"
        case .udp, .udpUnconnected: "UDP"
        case .unix: "a local socket"
        case .vsock: "AF_VSOCK"
        }
    }
}

extension Canary {
    var transport: Exchange.Transport {
        switch service {
        case .banner where address.hasPrefix("@"): .unix
        case .banner where address.hasPrefix(Self.contextMark): .vsock
        case .banner, .http, .dnsTCP: .tcp
        case .echo, .dnsUDP: .udp
        }
    }

    private static let contextMark = "cid:"

    /// The port of the canary at a context, as a conversation takes it.
    func vsockAddress(_ context: String? = nil) -> String {
        "\(context ?? String(address.dropFirst(Self.contextMark.count))):\(port)"
    }

    /// `address:port` as it stands in a URL, an abstract name, or a context and its port.
    var endpoint: String {
        switch transport {
        case .unix: address
        case .vsock: "\(address):\(port)"
        case .tcp, .udp, .udpUnconnected: "\(Requests.bracketed(address)):\(port)"
        }
    }

    /// What to say to the canary so that it sees the nonce and shows that it is the canary.
    func greeting(_ nonce: Nonce, to other: String? = nil, zone: String) -> Exchange {
        let target = transport == .vsock ? vsockAddress(other) : other ?? address
        let id = UInt16(nonce.text.prefix(4), radix: 16) ?? 0
        switch service {
        case .banner, .http:
            let head = "GET / HTTP/1.1\r\nHost: x\r\nX-Nonce: \(nonce)\r\n\r\n"
            return Exchange(transport, target, port, turns: [Requests.turn(head)])
        case .echo:
            return Exchange(
                .udp, target, port, turns: [Exchange.Turn(send: Array("\(nonce)\n".utf8), until: .datagram)])
        case .dnsUDP:
            let query = DNSQuery.bytes(name: "\(nonce).\(zone)", type: 1, id: id)
            return Exchange(.udp, target, port, turns: [Exchange.Turn(send: query, until: .datagram)])
        case .dnsTCP:
            let query = DNSQuery.tcpBytes(name: "\(nonce).\(zone)", type: 1, id: id)
            return Exchange(.tcp, target, port, turns: [Exchange.Turn(send: query, until: .bytes(2))])
        }
    }
}
