// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
package import NIOCore
import NIOPosix

/// An origin for tests: it says what it was asked, in its answer and in its log, and keeps connections open.
package struct OriginServer: Sendable {
    /// Everything that is decided before the first connection.
    package struct Settings: Sendable {
        package var listen: HostPort
        /// Makes the server's end of TLS out of every connection; nil speaks plain HTTP.
        package var secure: (@Sendable (any Channel) throws -> Void)?
        package var connectionLimit = 1024
        package var timeouts = SidecarTimeouts()

        package init(listen: HostPort) { self.listen = listen }
    }

    private let settings: Settings
    private let group: any EventLoopGroup
    private let log: LineSink
    private let requests: RequestReader
    /// Bytes of a body that `/bytes/N` sends at a time.
    private static let piece = ByteBuffer(repeating: 0x62, count: 64 << 10)

    package init(settings: Settings, group: any EventLoopGroup, log: LineSink) {
        self.settings = settings
        self.group = group
        self.log = log
        requests = RequestReader(daemon: "origin", marker: .origin, log: log, timeouts: settings.timeouts)
    }

    /// Serves until cancelled; `ready` gets the bound address. Throws `.io` when it cannot listen.
    package func run(ready: (SocketAddress) -> Void = { _ in }) async throws {
        guard case .literal(let host) = settings.listen.host else {
            throw BottleError(.usage, "origin listens on an IP address only")
        }
        var server = StreamServer(
            group: group, address: try SocketAddress(ipAddress: host.description, port: Int(settings.listen.port)),
            limit: settings.connectionLimit, timeouts: settings.timeouts)
        if let secure = settings.secure { server.prepare = secure }
        try await server.run(
            ready: { address in
                log.write(
                    SidecarRecord(
                        daemon: "origin", event: "started", target: "\(address.ipAddress ?? ""):\(address.port ?? 0)"))
                ready(address)
            },
            refused: { log.refuse($0.peer, of: "origin", limit: settings.connectionLimit) },
            serve: { client, reader in await serve(client, reader) }
        )
    }

    private func serve(_ client: Connection, _ reader: ByteReader) async {
        do {
            while let head = await requests.request(from: client, reader) {
                guard try await answer(head, client, reader) else { return }
            }
        } catch {
            client.abort()
        }
    }

    /// Answers one request; false when the connection ends with it.
    private func answer(_ head: RequestHead, _ client: Connection, _ reader: ByteReader) async throws -> Bool {
        var state = BodyState(try BodyFraming.ofRequest(head))
        var count = 0
        while let piece = try await reader.body(&state) { count += piece.readableBytes }
        requests.record(client, "request", head)
        let keeps = head.minor == 1 && !head.fields.asksForClose
        if let length = Self.length(head.target) {
            try await client.write(Self.head(length, "application/octet-stream", keeps: keeps))
            var rest = length
            while rest > 0, head.method != "HEAD" {
                var piece = Self.piece
                let next = piece.readSlice(length: min(rest, piece.readableBytes)) ?? ByteBuffer()
                try await client.write(next)
                rest -= next.readableBytes
            }
        } else {
            let body = Self.echo(head, bodyBytes: count)
            var buffer = Self.head(body.count, "application/json", keeps: keeps)
            if head.method != "HEAD" { buffer.writeBytes(body) }
            try await client.write(buffer)
        }
        if !keeps { await client.finish() }
        return keeps
    }

    /// How much `/bytes/N` asks for; nil for every other target.
    private static func length(_ target: String) -> Int? {
        guard target.hasPrefix("/bytes/") else { return nil }
        return Int(target.dropFirst("/bytes/".count)).flatMap { (0...(1 << 40)).contains($0) ? $0 : nil }
    }

    private static func head(_ length: Int, _ type: String, keeps: Bool) -> ByteBuffer {
        ByteBuffer(
            string:
                "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\(Answer.Marker.origin.name): \(Answer.Marker.value)\r\n"
                + "Content-Length: \(length)\r\n\(keeps ? "" : "Connection: close\r\n")\r\n")
    }

    /// The request as JSON: `method`, `target`, `fields` as pairs in order, `body_bytes`.
    private static func echo(_ head: RequestHead, bodyBytes: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        func quote(_ text: String) { JSONValue.appendQuoted(SidecarRecord.escaped(text, limit: 8192), to: &bytes) }
        bytes += "{\"service\":\"origin\",\"method\":".utf8
        quote(head.method)
        bytes += ",\"target\":".utf8
        quote(head.target)
        bytes += ",\"fields\":[".utf8
        for (index, field) in head.fields.fields.enumerated() {
            bytes += (index == 0 ? "[" : ",[").utf8
            quote(field.spelling)
            bytes += ",".utf8
            quote(field.text)
            bytes += "]".utf8
        }
        bytes += "],\"body_bytes\":\(bodyBytes)}\n".utf8
        return bytes
    }
}
