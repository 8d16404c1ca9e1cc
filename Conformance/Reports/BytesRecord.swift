// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Bytes in an event log, without loss: `{"text": …}` when they are UTF-8, else `{"base64": …}`.
struct BytesRecord: Codable {
    /// The bytes themselves.
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private enum Key: String, CodingKey { case text, base64 }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        if let text = String(validating: bytes, as: UTF8.self) {
            try container.encode(text, forKey: .text)
        } else {
            try container.encode(Data(bytes).base64EncodedString(), forKey: .base64)
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let text = try container.decodeIfPresent(String.self, forKey: .text) {
            bytes = [UInt8](text.utf8)
            return
        }
        guard let data = Data(base64Encoded: try container.decode(String.self, forKey: .base64)) else {
            throw DecodingError.dataCorruptedError(forKey: .base64, in: container, debugDescription: "no base64")
        }
        bytes = [UInt8](data)
    }
}
