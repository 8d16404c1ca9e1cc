// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The header fields of a message, in order.
package struct HeaderFields: Sendable {
    /// One field; `name` in lower case for matching, `spelling` as received.
    package struct Field: Sendable {
        package let name: String
        package let spelling: String
        /// Without surrounding white space; may hold bytes above 0x7f.
        package let value: [UInt8]

        /// The value as text, with replacement characters for what is not UTF-8.
        package var text: String { String(decoding: value, as: UTF8.self) }
    }

    package private(set) var fields: [Field] = []

    package init() {}

    /// Every value of a field, by its lower-case name.
    package func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.text) }

    package mutating func append(_ spelling: String, _ value: some Sequence<UInt8>) {
        fields.append(Field(name: spelling.lowercased(), spelling: spelling, value: Array(value)))
    }

    /// The same fields with other values.
    func mapped(_ change: ([UInt8]) -> [UInt8]) -> HeaderFields {
        var other = HeaderFields()
        for field in fields { other.append(field.spelling, change(field.value)) }
        return other
    }

    package mutating func remove(where matches: (Field) -> Bool) { fields.removeAll(where: matches) }

    /// Removes what concerns one hop only: the fixed list, everything `Proxy-`, and what `Connection` nominates.
    package mutating func removeHopByHop() {
        var hop: Set<String> = [
            "connection", "keep-alive", "te", "trailer", "transfer-encoding", "content-length", "upgrade", "expect",
            "http2-settings",
        ]
        for value in values("connection") {
            for token in value.split(separator: ",") {
                hop.insert(token.lowercased().filter { $0 != " " && $0 != "\t" })
            }
        }
        fields.removeAll { hop.contains($0.name) || $0.name.hasPrefix("proxy-") }
    }

    /// Whether the sender closes its connection after this message.
    package var asksForClose: Bool {
        values("connection").contains { value in
            value.split(separator: ",").contains { $0.lowercased().filter { $0 != " " && $0 != "\t" } == "close" }
        }
    }

    /// Appends one field line from a head, without its CRLF.
    mutating func append(line: ArraySlice<UInt8>) throws(HTTPFailure) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
            throw .bad("a header line without a name")
        }
        let name = line[..<colon]
        // White space before the colon or at the start of a line (folding) is where parsers disagree.
        guard name.allSatisfy(isTokenByte) else { throw .bad("a header name with a forbidden character") }
        var value = line[(colon + 1)...]
        while let byte = value.first, byte == 0x20 || byte == 0x09 { value.removeFirst() }
        while let byte = value.last, byte == 0x20 || byte == 0x09 { value.removeLast() }
        guard value.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }) else {
            throw .bad("a control character in a header value")
        }
        append(String(decoding: name, as: UTF8.self), value)
    }
}

extension HeaderFields {
    /// Writes every field as one line.
    func write(to buffer: inout ByteBuffer) {
        for field in fields {
            buffer.writeString(field.spelling)
            buffer.writeStaticString(": ")
            buffer.writeBytes(field.value)
            buffer.writeStaticString("\r\n")
        }
    }
}

/// Whether a byte may stand in a method or header name (RFC 9110 token).
func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e...0x60, 0x7c, 0x7e: true
    default: false
    }
}
