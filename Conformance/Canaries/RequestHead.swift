// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// The head of an HTTP/1.x request, read only as far as a canary answers about it.
struct RequestHead {
    /// What the first bytes of a connection turned out to be.
    enum Reading {
        /// A request may be on its way.
        case undecided
        /// A request line is there, the blank line is not.
        case incomplete
        case complete(RequestHead)
        case otherwise
    }

    let method: [UInt8]
    let path: [UInt8]
    let host: [UInt8]
    /// All values, in order.
    let authorization: [[UInt8]]

    static func read(_ bytes: [UInt8]) -> Reading {
        // Methods are upper-case words: a nonce, a TLS hello or an SSH banner is told apart by its first bytes.
        let method = bytes.prefix { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-") }
        guard method.count <= 20 else { return .otherwise }
        guard method.count < bytes.count else { return .undecided }
        guard !method.isEmpty, bytes[method.count] == UInt8(ascii: " ") else { return .otherwise }
        guard let lineEnd = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return .undecided }
        let words = trimmed(bytes[..<lineEnd]).split(separator: UInt8(ascii: " "))
        guard words.count == 3, words[2].starts(with: "HTTP/1.".utf8) else { return .otherwise }

        var host: [UInt8] = []
        var authorization: [[UInt8]] = []
        var start = lineEnd + 1
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = trimmed(bytes[start..<end])
            if line.isEmpty {
                return .complete(
                    RequestHead(
                        method: Array(method), path: Array(words[1]), host: host, authorization: authorization))
            }
            if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
                let value = Array(trimmed(line[(colon + 1)...]))
                switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
                case "host": host = value
                case "authorization": authorization.append(value)
                default: break
                }
            }
            start = end + 1
        }
        return .incomplete
    }

    /// The whole answer of an HTTP canary.
    ///
    /// What it saw of Authorization it says in the ways in which a server might: in a header, and in the body as it is, in
    /// base64 and in hex. A path `/redirect/STATUS/AUTHORITY/REST` sends the client there, and one below `/error/` fails.
    func response(banner: String) -> [UInt8] {
        let values = authorization.isEmpty ? Array("none".utf8) : Array(authorization.joined(separator: [0x7c]))
        var body = Array("BOTTLE-CANARY \(banner)\nauthorization: ".utf8)
        body += values + Array("\nhost: ".utf8) + host + Array("\npath: ".utf8) + path + [0x0a]
        var fields = Array("X-Bottle-Canary: \(banner)\r\nContent-Type: text/plain\r\n".utf8)
        if !authorization.isEmpty {
            body += Array(
                "base64: \(String(decoding: Base64.encode(values), as: UTF8.self))\nhex: \(Hex.text(values[...]))\n"
                    .utf8)
            fields += Array("X-Bottle-Authorization: ".utf8) + values + [0x0d, 0x0a]
        }
        let redirect = self.redirect
        if let redirect { fields += Array("Location: \(redirect.location)\r\n".utf8) }
        let status = redirect?.status ?? (path.starts(with: "/error/".utf8) ? "500 Internal Server Error" : "200 OK")
        let head =
            Array("HTTP/1.1 \(status)\r\n".utf8) + fields
            + Array("Content-Length: \(body.count)\r\nConnection: close\r\n\r\n".utf8)
        // Only HEAD has no body: its length is that of the answer to a GET.
        return head + (method == Array("HEAD".utf8) ? [] : body)
    }

    private var redirect: (status: String, location: String)? {
        let parts = String(decoding: path, as: UTF8.self).split(
            separator: "/", maxSplits: 3, omittingEmptySubsequences: true)
        guard parts.count == 4, parts[0] == "redirect", parts[1].utf8.count == 3, parts[1].first == "3" else {
            return nil
        }
        return ("\(parts[1]) Elsewhere", "http://\(parts[2])/\(parts[3])")
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
        return line.drop(while: isBlank).reversed().drop(while: isBlank).reversed()[...]
    }
}
