// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Texts that hold certificates and keys (RFC 7468).
enum PEM {
    /// What the first block holds whose label ends so; nil where there is none, or it is not in base64.
    static func first(_ label: String, in text: [UInt8]) -> [UInt8]? {
        let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
        let start = lines.firstIndex { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix("\(label)-----") }
        guard let start else { return nil }
        let body = lines[(start + 1)...].prefix { !$0.hasPrefix("-----END ") }.joined()
        return Data(base64Encoded: body).map { [UInt8]($0) }
    }
}
