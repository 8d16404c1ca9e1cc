// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The status line and header fields of an HTTP/1 response.
package struct ResponseHead: Sendable {
    package let minor: Int
    /// 100 to 599.
    package let status: Int
    package let reason: [UInt8]
    package var fields = HeaderFields()

    /// Parses a head up to and with its empty line.
    package init(_ bytes: [UInt8]) throws(HTTPFailure) {
        let lines = try headLines(bytes)
        guard let first = lines.first, first.count >= 12, first.starts(with: "HTTP/1.".utf8),
            first[7] == 0x30 || first[7] == 0x31, first[8] == 0x20, first.count == 12 || first[12] == 0x20,
            let status = Int(String(decoding: first[9..<12], as: UTF8.self)), (100...599).contains(status)
        else { throw .bad("a status line that is not HTTP/1") }
        let reason = first.dropFirst(13)
        guard reason.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }) else {
            throw .bad("a control character in the reason")
        }
        minor = Int(first[7]) - 0x30
        self.status = status
        self.reason = Array(reason)
        for line in lines.dropFirst() { try fields.append(line: line) }
    }

    /// Another one with other words.
    init(_ other: ResponseHead, reason: [UInt8], fields: HeaderFields) {
        minor = other.minor
        status = other.status
        self.reason = reason
        self.fields = fields
    }
}
