// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A network of IPv4 addresses, for deciding whether a bottle's own would take somebody else's place.
public struct IPv4Network: Sendable, Hashable, CustomStringConvertible {
    private let base: UInt32
    private let length: Int

    /// Reads `a.b.c.d/n` or an address alone, which is a network of one; nil for anything else.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard let address = parts.first, parts.count <= 2 else { return nil }
        var value: UInt32 = 0
        let octets = address.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard octets.count == 4 else { return nil }
        for octet in octets {
            let text = String(decoding: octet, as: UTF8.self)
            guard let number = UInt8(text), "\(number)" == text else { return nil }
            value = value << 8 | UInt32(number)
        }
        var length = 32
        if parts.count == 2 {
            let text = String(decoding: parts[1], as: UTF8.self)
            guard let number = Int(text), "\(number)" == text, (0...32).contains(number) else { return nil }
            length = number
        }
        self.length = length
        base = value & IPv4Network.mask(length)
    }

    /// Whether the two share an address; networks are nested or apart.
    public func overlaps(_ other: IPv4Network) -> Bool {
        let mask = IPv4Network.mask(min(length, other.length))
        return base & mask == other.base & mask
    }

    /// Whether it is every address there is: a default route says nothing about who is where.
    public var isEverything: Bool { length == 0 }

    public var description: String {
        "\(base >> 24).\(base >> 16 & 255).\(base >> 8 & 255).\(base & 255)/\(length)"
    }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : ~UInt32(0) << (32 - length) }
}

extension AddressPlan {
    /// The first network that already stands where this bottle's own would be; a default route is none.
    ///
    /// - Parameter taken: Host routes, networks of engines and of other bottles, each with what it belongs to.
    public func collision(taken: [(network: IPv4Network, owner: String)]) -> (network: IPv4Network, owner: String)? {
        guard let own = IPv4Network(subnet) else { return nil }
        return taken.first { !$0.network.isEverything && $0.network.overlaps(own) }
    }

    /// Refuses a subnet that is taken.
    ///
    /// - Throws: `.launch` naming what is in the way, and what to do.
    public func requireFree(slug: Slug, taken: [(network: IPv4Network, owner: String)]) throws(BottleError) {
        guard let (network, owner) = collision(taken: taken) else { return }
        throw BottleError(
            .launch,
            """
            The slug \(slug) stands for the network \(subnet), which overlaps \(network) of \(owner); choose another slug \
            or take that network down.
            """
        )
    }
}
