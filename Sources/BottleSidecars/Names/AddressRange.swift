// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A CIDR block.
package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let base: IPAddress
    private let prefix: Int

    /// Parses `address/prefix`; nil when it is no CIDR or has bits set behind the prefix.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = IPAddress(parts[0]), parts[1].utf8.count <= 3,
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let prefix = Int(parts[1]),
            prefix <= base.bytes.count * 8
        else { return nil }
        self.base = base
        self.prefix = prefix
        for bit in prefix..<(base.bytes.count * 8) where base.bytes[bit / 8] & (0x80 >> UInt8(bit % 8)) != 0 {
            return nil
        }
    }

    /// Whether the address lies in the block; an address of the other family never does.
    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        let whole = prefix / 8
        guard address.bytes[..<whole] == base.bytes[..<whole] else { return false }
        let rest = prefix % 8
        guard rest > 0 else { return true }
        return (address.bytes[whole] ^ base.bytes[whole]) >> UInt8(8 - rest) == 0
    }

    package var description: String { "\(base)/\(prefix)" }

    /// What `internal` means when a configuration does not say: the list of the real pipelock.
    package static let usualInternal: [AddressRange] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::1/128", "fc00::/7", "fe80::/10",
    ].compactMap { AddressRange($0) }
}
