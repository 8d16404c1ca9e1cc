// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A whole answer of a sidecar's own; it always closes the connection.
struct Answer: Sendable {
    /// The header that says which sidecar answered: nothing else ever sends it.
    struct Marker: Sendable {
        let name: String

        static let pipelock = Marker(name: "X-Pipelock-Service")
        static let egress = Marker(name: "X-Egress-Service")
        static let origin = Marker(name: "X-Bottle-Origin")
        static let value = "bottle-reference"
    }

    let status: Int
    var contentType = "text/plain; charset=utf-8"
    let body: String
    let marker: Marker

    /// The bytes on the wire; a `HEAD` request gets no body.
    func bytes(method: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString(
            "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Status")\r\nContent-Type: \(contentType)\r\n"
                + "X-Content-Type-Options: nosniff\r\n\(marker.name): \(Marker.value)\r\n"
                + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n")
        if method != "HEAD" { buffer.writeString(body) }
        return buffer
    }

    /// Sends the answer and reads on for a moment: closing over unread bytes would reset the answer away.
    func send(to client: Connection, reader: ByteReader, method: String, timeouts: SidecarTimeouts) async {
        let deadline = client.abort(in: timeouts.linger)
        defer { deadline.cancel() }
        do {
            try await client.write(bytes(method: method))
            await client.finish()
            while try await reader.read() != nil {}
        } catch {
            // The client is gone: nobody is left to answer.
            return
        }
    }

    private static let reasons = [
        200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        431: "Request Header Fields Too Large", 501: "Not Implemented", 502: "Bad Gateway",
        503: "Service Unavailable",
    ]
}
