// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// How the end of a message's body is found.
package enum BodyFraming: Sendable, Hashable {
    case none
    /// In bytes.
    case length(Int)
    case chunked
    /// The body ends with its connection; responses only.
    case untilClose

    /// The framing of a request.
    package static func ofRequest(_ head: RequestHead) throws(HTTPFailure) -> BodyFraming {
        try declared(head.fields, minor: head.minor) ?? BodyFraming.none
    }

    /// The framing of the response to a request with `method`.
    package static func ofResponse(_ head: ResponseHead, method: String) throws(HTTPFailure) -> BodyFraming {
        let framing = try declared(head.fields, minor: head.minor)
        if method == "HEAD" || head.status == 204 || head.status == 304 { return .none }
        return framing ?? .untilClose
    }

    private static func declared(_ fields: HeaderFields, minor: Int) throws(HTTPFailure) -> BodyFraming? {
        let lengths = fields.values("content-length")
        let codings = fields.values("transfer-encoding")
        if codings.isEmpty {
            guard let length = lengths.first else { return nil }
            guard lengths.count == 1 else { throw .bad("more than one Content-Length") }
            guard (1...18).contains(length.utf8.count), length.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let count = Int(length)
            else { throw .bad("a Content-Length that is no number") }
            return count == 0 ? BodyFraming.none : .length(count)
        }
        guard lengths.isEmpty else { throw .bad("both Content-Length and Transfer-Encoding") }
        guard codings.count == 1, codings[0].lowercased() == "chunked" else {
            throw .bad("a Transfer-Encoding other than chunked")
        }
        guard minor == 1 else { throw .bad("Transfer-Encoding in an HTTP/1.0 message") }
        return .chunked
    }
}
