// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A private key in the forms in which a text may hold it.
///
/// The lines of its PEM that hold something of it, and, of a key on a curve of 256 bits, its number in hex and in base64: so
/// it is found in every PEM and JWK, whatever that is called. As raw bytes it is not.
package struct PrivateKeyForms: Sendable {
    /// What a form is called, and its bytes; of letters, digits, + and / alone.
    package let samples: [(encoding: String, bytes: [UInt8])]

    /// Characters of a line of PEM.
    private static let line = 64

    /// - Parameter pem: A file whose first block is a private key; nil for any other, and for one too short to be a key.
    package init?(pem: [UInt8]) {
        guard let der = PEM.first("PRIVATE KEY", in: pem) else { return nil }
        let body = Base64.encode(der)
        guard body.count >= 2 * Self.line else { return nil }
        // Of SEC1 the number is in the first line, of PKCS #8 in the first and the second; with other lengths of lines the
        // forms below find it.
        var samples = [
            ("pem", Array(body[..<Self.line])), ("pem", Array(body[Self.line..<(2 * Self.line)])),
        ]
        if let number = Self.number(in: der) {
            let hex = Hex.encode(number)
            samples += [hex, hex.uppercased()].map { ("hex", Array($0.utf8)) }
            samples += Base64.cores(of: number).map { ("base64", $0) }
        }
        self.samples = samples
    }

    /// A text that looks like a key, and is nobody's.
    package static func decoy() -> [UInt8] {
        let number = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        let rest = (0..<82).map { _ in UInt8.random(in: .min ... .max) }
        let body = Base64.encode(sec1 + number + rest)
        let lines = stride(from: 0, to: body.count, by: line).map {
            String(decoding: body[$0..<min($0 + line, body.count)], as: UTF8.self)
        }
        return Array(
            (["-----BEGIN EC PRIVATE KEY-----"] + lines + ["-----END EC PRIVATE KEY-----", ""]).joined(separator: "\n")
                .utf8)
    }

    /// How a SEC1 key on a curve of 256 bits begins, right before its number (RFC 5915).
    private static let sec1: [UInt8] = [0x30, 0x77] + version
    /// Its version and the head of its number, which PKCS #8 holds as well.
    private static let version: [UInt8] = [0x02, 0x01, 0x01, 0x04, 0x20]

    private static func number(in der: [UInt8]) -> [UInt8]? {
        guard let found = der.firstRange(of: version), found.upperBound + 32 <= der.count else { return nil }
        return Array(der[found.upperBound..<(found.upperBound + 32)])
    }
}
