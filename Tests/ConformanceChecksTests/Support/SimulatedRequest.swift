// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Foundation

/// A request as the proxies of a simulated bottle read it: as much of HTTP as checks send.
struct SimulatedRequest {
    /// What may be a credential, whoever sent it.
    private static let credentials: Set<String> = [
        "authorization", "proxy-authorization", "x-api-key", "x-goog-api-key", "api-key", "x-auth-token", "cookie",
    ]
    private static let hopByHop: Set<String> = ["connection", "proxy-authorization", "te", "trailer"]
    /// How the secrets that checks plant begin.
    private static let secret = "ghp_"

    /// Where the harness's server sends whoever asks for such a path.
    var redirect: (status: Int, authority: String, rest: String)? {
        let path = target.hasPrefix("http://") ? String(target.dropFirst(7).drop { $0 != "/" }) : target
        let parts = path.split(separator: "/", maxSplits: 3).map(String.init)
        guard parts.count == 4, parts[0] == "redirect", let status = Int(parts[1]) else { return nil }
        return (status, parts[2], parts[3])
    }

    var method: String
    /// Path and query.
    var target: String
    /// The authority of an absolute form; nil where the target is a path.
    var authority: String?
    var fields: [(name: String, value: String)]
    var body: String

    /// The requests that follow each other in a conversation, as a parser reads them that takes no chances: one whose
    /// framing could be read in two ways ends it.
    static func all(in bytes: [UInt8]) -> (requests: [SimulatedRequest], isBroken: Bool) {
        var rest = bytes
        var requests: [SimulatedRequest] = []
        while !rest.isEmpty {
            guard var request = SimulatedRequest(rest), let length = request.length else { return (requests, true) }
            let head = rest.count - request.body.utf8.count
            request.body = String(decoding: request.body.utf8.prefix(length), as: UTF8.self)
            rest = Array(rest.dropFirst(head + length))
            requests.append(request)
            if request.asksForClose { break }
        }
        return (requests, false)
    }

    /// How many bytes of what follows its head are its own; nil where that is not clear.
    private var length: Int? {
        let (lengths, encodings) = (values("content-length"), values("transfer-encoding"))
        let names = fields.map(\.name)
        guard lengths.count + encodings.count <= 1, names.allSatisfy({ $0.last != " " }) else { return nil }
        if let encoding = encodings.first {
            guard encoding == "chunked" else { return nil }
            return body.utf8.count
        }
        guard let length = lengths.first else { return 0 }
        return Int(length).flatMap { $0 <= body.utf8.count ? $0 : nil }
    }

    var asksForClose: Bool { values("connection") == ["close"] }

    /// Nil for what is no request of HTTP/1.1 or 1.0.
    init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        var lines = parts.first?.split(separator: "\r\n") ?? []
        guard parts.count == 2, !lines.isEmpty else { return nil }
        let words = lines.removeFirst().split(separator: " ")
        guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
        method = String(words[0])
        target = String(words[1])
        if target.hasPrefix("http://") {
            let rest = target.dropFirst("http://".count)
            authority = String(rest.prefix { $0 != "/" })
            target = String(rest.drop { $0 != "/" })
        }
        fields = lines.map { line in
            let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(halves[0]), halves.count == 2 ? String(halves[1].drop { $0 == " " }) : "")
        }
        body = String(parts[1])
    }

    /// The values of a header, in order.
    func values(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name }.map(\.value) }

    /// Takes off what belongs to one hop: those headers, and what came behind the chunks.
    mutating func becomeAnother() {
        let isChunked = values("transfer-encoding") == ["chunked"]
        fields.removeAll { Self.hopByHop.contains($0.name.lowercased()) }
        if isChunked, let last = body.firstRange(of: "\r\n0\r\n") { body = String(body[..<last.upperBound]) + "\r\n" }
    }

    mutating func stripCredentials() { fields.removeAll { Self.credentials.contains($0.name.lowercased()) } }

    /// Whether a secret stands anywhere in it, as it is, or in the body in base64 or in hex.
    var holdsSecret: Bool {
        let lines = body.split(separator: "\n")
        let decoded = lines.compactMap { Data(base64Encoded: String($0)) } + lines.compactMap { Self.unhexed($0) }
        return ([Data(bytes)] + decoded).contains { String(decoding: $0, as: UTF8.self).contains(Self.secret) }
    }

    private static func unhexed(_ text: Substring) -> Data? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
        return Data(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }

    /// The head alone, as a server sees it.
    var head: [UInt8] {
        let lines = ["\(method) \(target) HTTP/1.1"] + fields.map { "\($0.name): \($0.value)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    var bytes: [UInt8] { head + Array(body.utf8) }
}
