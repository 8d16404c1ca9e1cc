// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address; a v4-mapped IPv6 address is the IPv4 address it maps.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes in network order.
    package let bytes: [UInt8]

    /// An address from 4 or 16 bytes; nil for any other count.
    package init?(bytes: [UInt8]) {
        switch bytes.count {
        case 4:
            self.bytes = bytes
        case 16:
            let isMapped = bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
            self.bytes = isMapped ? Array(bytes[12...]) : bytes
        default:
            return nil
        }
    }

    /// Parses the usual spelling: four decimal parts without leading zeros, or RFC 4291 text without a zone.
    package init?(_ text: some StringProtocol) {
        let utf8 = Array(text.utf8)
        if utf8.contains(UInt8(ascii: ":")) {
            guard let parsed = Self.parseV6(utf8) else { return nil }
            self.init(bytes: parsed)
        } else {
            guard let parsed = Self.parseV4(utf8[...]) else { return nil }
            self.init(bytes: parsed)
        }
    }

    /// 127.0.0.1.
    package static let loopback = IPAddress(v4: 127, 0, 0, 1)
    /// 0.0.0.0.
    package static let any = IPAddress(v4: 0, 0, 0, 0)

    private init(v4 first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
        bytes = [first, second, third, fourth]
    }

    package var isV4: Bool { bytes.count == 4 }

    /// 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        isV4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// An address that means this machine or everybody (0.0.0.0/8, ::, 255.255.255.255): never a destination.
    package var isUnspecifiedOrBroadcast: Bool {
        isV4 ? bytes[0] == 0 || bytes.allSatisfy { $0 == 255 } : bytes.allSatisfy { $0 == 0 }
    }

    package var description: String {
        if isV4 { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        let hex = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard !best.isEmpty else { return hex(groups[...]) }
        return hex(groups[..<best.lowerBound]) + "::" + hex(groups[best.upperBound...])
    }

    private static func parseV4(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            let isDecimal = (1...3).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) }
            guard isDecimal, part.count == 1 || part.first != 0x30 else { return nil }
            let value = part.reduce(0) { $0 * 10 + Int($1) - 0x30 }
            guard value <= 255 else { return nil }
            bytes.append(UInt8(value))
        }
        return bytes
    }

    private static func parseV6(_ text: [UInt8]) -> [UInt8]? {
        guard text.count <= 45 else { return nil }
        // At most one "::" splits the address into a head and a tail; `:::` leaves a colon that no group accepts.
        var gap: Int?
        for index in text.indices.dropLast() where text[index] == 0x3a && text[index + 1] == 0x3a {
            if gap != nil { return nil }
            gap = index
        }
        guard let gap else {
            guard let bytes = groups(text[...], mayEndInV4: true), bytes.count == 16 else { return nil }
            return bytes
        }
        guard let head = groups(text[..<gap], mayEndInV4: false),
            let tail = groups(text[(gap + 2)...], mayEndInV4: true), head.count + tail.count <= 14
        else { return nil }
        return head + Array(repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ text: ArraySlice<UInt8>, mayEndInV4: Bool) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndInV4, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let last = parseV4(part) else { return nil }
                return bytes + last
            }
            let isHex = (1...4).contains(part.count) && part.allSatisfy { hexDigit($0) != nil }
            guard isHex else { return nil }
            let value = part.reduce(0) { $0 << 4 | (hexDigit($1) ?? 0) }
            bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
        }
        return bytes
    }
}

/// The value of an ASCII hex digit; nil for any other byte.
func hexDigit(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte) - 0x30
    case 0x41...0x46: Int(byte) - 0x41 + 10
    case 0x61...0x66: Int(byte) - 0x61 + 10
    default: nil
    }
}
