// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// An HTTP/1.x answer as a probe read it, possibly cut short.
public struct HTTPAnswer: Sendable, Hashable {
    /// Header by which pipelock marks every answer of its own.
    public static let pipelockMarker = "X-Pipelock-Service"
    /// Header by which egress marks every answer of its own.
    public static let egressMarker = "X-Egress-Service"

    public let status: Int
    /// Names and values in order, as received.
    public let headers: [[String]]
    /// What followed the head, chunk framing removed; as much as arrived.
    public let body: [UInt8]

    /// Reads the first answer in these bytes; nil when they do not begin like one.
    public init?(_ bytes: [UInt8]) {
        let blank = bytes.firstRange(of: [0x0d, 0x0a, 0x0d, 0x0a])
        let head = String(decoding: bytes[..<(blank?.lowerBound ?? bytes.endIndex)], as: UTF8.self)
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
        guard words.count >= 2, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0", words[1].utf8.count == 3,
            let status = Int(words[1]), (100...599).contains(status)
        else { return nil }
        self.status = status
        headers = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return [String(line[..<colon]), Self.trimmed(line[line.index(after: colon)...])]
        }
        let rest = blank.map { Array(bytes[$0.upperBound...]) } ?? []
        body = Self.first("transfer-encoding", in: headers)?.lowercased() == "chunked" ? Self.dechunked(rest) : rest
    }

    /// The value of the first header of this name, whatever its case.
    public func header(_ name: String) -> String? { Self.first(name, in: headers) }

    /// The proxy said no, in its own words.
    public var isMarkedDenial: Bool { status == 403 && carries(Self.pipelockMarker) }

    /// Whether a daemon gave the answer that marks its own with this header, or, for pipelock's, whether the real one did.
    public func carries(_ marker: String) -> Bool {
        header(marker) != nil || marker == Self.pipelockMarker && isFromRealPipelock
    }

    /// The real pipelock has no such header: it gives a reason with every refusal since 2.4, and is known by two members
    /// of its health, which no other program that answers there has.
    private var isFromRealPipelock: Bool {
        if header("X-Pipelock-Block-Reason") != nil { return true }
        return status == 200
            && ["\"kill_switch_active\":", "\"forward_proxy_enabled\":"].allSatisfy {
                body.firstRange(of: Array($0.utf8)) != nil
            }
    }

    /// Whether any answer in the bytes of a whole conversation carries the marker, and has this status if one is named: the
    /// second turn of a CONNECT starts in the middle.
    package static func any(in bytes: [UInt8], carries name: String, status: Int? = nil) -> Bool {
        var rest = bytes
        while let start = rest.firstRange(of: Array("HTTP/1.".utf8)) {
            rest = Array(rest[start.lowerBound...])
            if let answer = HTTPAnswer(rest), answer.carries(name), status == nil || answer.status == status {
                return true
            }
            rest.removeFirst()
        }
        return false
    }

    private static func first(_ name: String, in headers: [[String]]) -> String? {
        headers.first { $0[0].lowercased() == name.lowercased() }?[1]
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(start[...end])
    }

    private static func dechunked(_ bytes: [UInt8]) -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstRange(of: [0x0d, 0x0a]) {
            let size = String(decoding: rest[..<end.lowerBound].prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
            guard let count = Int(size, radix: 16), count > 0 else { break }
            let chunk = rest[end.upperBound...].prefix(count)
            body.append(contentsOf: chunk)
            rest = rest[chunk.endIndex...].dropFirst(2)
        }
        return body
    }
}
