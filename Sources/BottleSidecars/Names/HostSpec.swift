// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The host part of a target, parsed once and strictly; everything after this point works on the parsed value only.
package enum HostSpec: Sendable, Hashable, CustomStringConvertible {
    /// A host name: lower case, no trailing dot, letters, digits, dash, dot and underscore only.
    case name(String)
    /// An address in any spelling that a C library would accept (decimal, octal, hex, short, bracketed).
    case literal(IPAddress)

    /// Parses a host as it stands in a URL or a CONNECT authority, without its port; nil when it is neither.
    package init?(_ text: some StringProtocol) {
        var bytes = Array(text.utf8)
        guard let first = bytes.first else { return nil }
        if first == UInt8(ascii: "[") {
            guard bytes.last == UInt8(ascii: "]"), bytes.contains(UInt8(ascii: ":")),
                let address = IPAddress(String(decoding: bytes[1..<(bytes.count - 1)], as: UTF8.self))
            else { return nil }
            self = .literal(address)
            return
        }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        guard (1...253).contains(bytes.count) else { return nil }
        for index in bytes.indices {
            switch bytes[index] {
            case 0x41...0x5a: bytes[index] |= 0x20
            case 0x61...0x7a, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): break
            default: return nil
            }
        }
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let last = labels.last, labels.allSatisfy({ (1...63).contains($0.count) }) else { return nil }
        // A last label that is a number makes the whole an address or nothing: no public name ends in one, and
        // a resolver further on might read it as an address.
        if Self.isNumber(last) {
            guard let address = Self.looseV4(labels) else { return nil }
            self = .literal(address)
        } else {
            self = .name(String(decoding: bytes, as: UTF8.self))
        }
    }

    package var description: String {
        switch self {
        case .name(let name): name
        case .literal(let address): address.isV4 ? "\(address)" : "[\(address)]"
        }
    }

    private static func isNumber(_ label: ArraySlice<UInt8>) -> Bool {
        if label.allSatisfy({ (0x30...0x39).contains($0) }) { return true }
        return label.starts(with: [0x30, 0x78]) && label.dropFirst(2).allSatisfy { hexDigit($0) != nil }
    }

    /// The rules of inet_aton: one to four parts, each decimal, octal (leading 0) or hex, the last fills the rest.
    private static func looseV4(_ labels: [ArraySlice<UInt8>]) -> IPAddress? {
        guard labels.count <= 4 else { return nil }
        var parts: [UInt64] = []
        for label in labels {
            guard let value = number(label) else { return nil }
            parts.append(value)
        }
        guard let last = parts.popLast(), parts.allSatisfy({ $0 <= 255 }) else { return nil }
        guard last < 1 << UInt64(8 * (4 - parts.count)) else { return nil }
        let value = parts.enumerated().reduce(last) { $0 | $1.element << UInt64(8 * (3 - $1.offset)) }
        return IPAddress(bytes: stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) })
    }

    private static func number(_ label: ArraySlice<UInt8>) -> UInt64? {
        let text = String(decoding: label, as: UTF8.self)
        if text.hasPrefix("0x") { return text.count == 2 ? 0 : UInt64(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0"), text.count > 1 { return UInt64(text.dropFirst(), radix: 8) }
        return UInt64(text, radix: 10)
    }
}
