// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The base64 of RFC 4648, so that what is sent and what is looked for need no library.
package enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// With padding, in one line.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for digit in 0..<4 {
                result.append(
                    digit <= group.count ? digits[Int(bits >> UInt32(18 - 6 * digit) & 63)] : UInt8(ascii: "="))
            }
        }
        return result
    }

    /// What the base64 of every longer text has in common that holds these bytes: it depends, by three, on how many others
    /// stand before them.
    package static func cores(of bytes: [UInt8]) -> [[UInt8]] {
        (0..<3).map { lead in
            let padded = [UInt8](repeating: 0, count: lead) + bytes
            return Array(encode(Array(padded.prefix(padded.count / 3 * 3))).dropFirst(lead == 0 ? 0 : 4))
        }
    }
}
