// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import Synchronization

@testable import BottleSidecars

/// An origin that remembers every raw head it saw and counts the bytes of every body.
final class TestOrigin: Sendable {
    private let seen = Mutex<[(head: String, bodyBytes: Int)]>([])
    private let bound = Mutex<UInt16>(0)

    var requests: [(head: String, bodyBytes: Int)] { seen.withLock { $0 } }
    var port: UInt16 { bound.withLock { $0 } }

    func serve(ready: @escaping @Sendable (SocketAddress) -> Void) async throws {
        let server = StreamServer(
            group: MultiThreadedEventLoopGroup.singleton, address: try SocketAddress(ipAddress: "127.0.0.1", port: 0),
            limit: 1024, timeouts: SidecarTimeouts())
        try await server.run(
            ready: { address in
                self.bound.withLock { $0 = UInt16(truncatingIfNeeded: address.port ?? 0) }
                ready(address)
            }, refused: { _ in },
            serve: { connection, reader in
                do {
                    try await self.answer(connection, reader)
                } catch {
                    connection.abort()
                }
            })
    }

    private func answer(_ connection: Connection, _ reader: ByteReader) async throws {
        guard let bytes = try await reader.head(limit: 1 << 20) else { return }
        let head = try RequestHead(bytes)
        if head.target == "/early" {
            try await connection.write(ByteBuffer(string: "HTTP/1.1 413 Too Much\r\nContent-Length: 5\r\n\r\nearly"))
            return
        }
        var state = BodyState(try BodyFraming.ofRequest(head))
        var count = 0
        while let piece = try await reader.body(&state) { count += piece.readableBytes }
        seen.withLock { $0.append((String(decoding: bytes, as: UTF8.self), count)) }
        switch head.target {
        case "/chunked":
            let start =
                "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                + "X-Pipelock-Service: fake\r\n"
            try await connection.write(
                ByteBuffer(string: start + "\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: x\r\n\r\n"))
        case "/big":
            try await connection.write(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 20971520\r\n\r\n"))
            for _ in 0..<320 { try await connection.write(ByteBuffer(repeating: 0x62, count: 65536)) }
        case "/close":
            try await connection.write(ByteBuffer(string: "HTTP/1.0 200 OK\r\n\r\nuntil close"))
        case "/cut":
            try await connection.write(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut"))
        case "/both":
            let text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            try await connection.write(ByteBuffer(string: text))
        case "/redirect":
            let text = "HTTP/1.1 302 Found\r\nLocation: http://denied.test/\r\nContent-Length: 0\r\n\r\n"
            try await connection.write(ByteBuffer(string: text))
        case "/echo", "/echo-chunked", "/echo-close":
            let seen = head.fields.values("authorization").first ?? "none"
            let body = "authorization: \(seen), the end"
            let framing =
                head.target == "/echo"
                ? "Content-Length: \(body.utf8.count)\r\n"
                : head.target == "/echo-close" ? "" : "Transfer-Encoding: chunked\r\n"
            try await connection.write(
                ByteBuffer(string: "HTTP/1.1 200 \(seen)\r\nX-Seen: \(seen)\r\n\(framing)\r\n"))
            // Every byte on its own: no piece holds a token.
            for byte in body.utf8 {
                let piece = ByteBuffer(bytes: [byte])
                try await connection.write(head.target == "/echo-chunked" ? Exchange.chunk(piece) : piece)
            }
            if head.target == "/echo-chunked" { try await connection.write(ByteBuffer(string: "0\r\n\r\n")) }
        case "/encoded":
            try await connection.write(
                ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"))
        case let path where path.hasPrefix("/redirect-to/"):
            let text = "HTTP/1.1 302 Found\r\nLocation: http://\(path.dropFirst(13))\r\nContent-Length: 0\r\n\r\n"
            try await connection.write(ByteBuffer(string: text))
        default:
            // The connection stays open: a proxy has to find the end of the answer by itself.
            try await connection.write(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\norigin"))
            _ = try await reader.read()
        }
    }
}
