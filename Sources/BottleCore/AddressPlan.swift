// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The private /24 of one bottle, derived from its slug and nothing else.
public struct AddressPlan: Sendable, Hashable, Codable {
    /// The third octet: FNV-1a (64 bit) of the slug's UTF-8, modulo 254; 17 (docker's default bridge) becomes 254.
    public var octet: UInt8

    public init(slug: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in slug.utf8 {
            hash ^= UInt64(byte)
            hash = hash &* 0x0000_0100_0000_01b3
        }
        let third = UInt8(hash % 254)
        octet = third == 17 ? 254 : third
    }

    public var subnet: String { "10.77.\(octet).0/24" }
    public var gateway: String { "10.77.\(octet).1" }
    public var bundle: String { "10.77.\(octet).2" }
    /// The guest's own address where a backend gives it one in this subnet.
    public var guest: String { "10.77.\(octet).3" }
}
