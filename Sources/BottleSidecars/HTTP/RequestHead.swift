// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The request line and header fields of an HTTP/1 request.
package struct RequestHead: Sendable {
    package let method: String
    /// Visible ASCII only.
    package let target: String
    /// The minor version: 0 or 1.
    package let minor: Int
    package private(set) var fields = HeaderFields()

    /// Parses a head up to and with its empty line.
    package init(_ bytes: [UInt8]) throws(HTTPFailure) {
        let lines = try headLines(bytes)
        guard let first = lines.first else { throw .bad("an empty request") }
        let parts = first.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(isTokenByte), !parts[1].isEmpty else {
            throw .bad("a request line that is not METHOD TARGET VERSION")
        }
        if parts[2].elementsEqual("HTTP/1.1".utf8) {
            minor = 1
        } else if parts[2].elementsEqual("HTTP/1.0".utf8) {
            minor = 0
        } else if parts[2].starts(with: "HTTP/".utf8) {
            throw HTTPFailure(400, "only HTTP/1.0 and HTTP/1.1 are spoken here")
        } else {
            throw .bad("a request line without an HTTP version")
        }
        guard parts[1].allSatisfy({ (0x21..<0x7f).contains($0) }) else {
            throw .bad("a target with control or non-ASCII bytes")
        }
        method = String(decoding: parts[0], as: UTF8.self)
        target = String(decoding: parts[1], as: UTF8.self)
        for line in lines.dropFirst() { try fields.append(line: line) }
        guard fields.values("host").count <= 1 else { throw .bad("more than one Host") }
    }

    /// The bytes that stand where a target should, for the log of a request that cannot be parsed.
    package static func roughTarget(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let line = bytes.prefix(8192).prefix { $0 != 0x0a && $0 != 0x0d }
        guard let space = line.firstIndex(of: 0x20) else { return [] }
        let rest = line[(space + 1)...]
        guard let end = rest.lastIndex(of: 0x20) else { return Array(rest) }
        return Array(rest[..<end])
    }

    /// The nonce of the target, or else of `X-Bottle-Nonce`.
    package var nonce: String? {
        SidecarRecord.nonce(in: target) ?? fields.values("x-bottle-nonce").first.flatMap { SidecarRecord.nonce(in: $0) }
    }
}

/// The lines of a head without their CRLF and without the empty last one; bare CR, LF and NUL are refused.
func headLines(_ bytes: [UInt8]) throws(HTTPFailure) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    var index = 0
    while index < bytes.count {
        switch bytes[index] {
        case 0x0d:
            guard index + 1 < bytes.count, bytes[index + 1] == 0x0a else { throw .bad("a bare CR in the head") }
            if index == start { return lines }
            lines.append(bytes[start..<index])
            index += 2
            start = index
        case 0x0a: throw .bad("a bare LF in the head")
        case 0x00: throw .bad("a NUL byte in the head")
        default: index += 1
        }
    }
    throw .bad("a head without its end")
}
