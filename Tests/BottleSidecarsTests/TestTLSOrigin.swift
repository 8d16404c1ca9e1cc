// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

@testable import BottleSidecars

/// An authority and, signed by it, an origin that speaks TLS and remembers what it was asked.
final class TestTLSOrigin: Sendable {
    struct Seen: Sendable {
        /// Which of its connections it came over, from 1 on.
        var connection: Int
        var head: String
        var bodyBytes: Int
    }

    private let certificate: OriginCertificate
    private let seen = Mutex<[Seen]>([])
    private let connections = Mutex(0)
    private let bound = Mutex<UInt16>(0)
    let authority: Authority
    let authorityFile: String

    var requests: [Seen] { seen.withLock { $0 } }
    var port: UInt16 { bound.withLock { $0 } }

    /// - Parameter directory: Where the authority's certificate comes, for clients.
    init(_ certificate: OriginCertificate = .good, directory: String) throws {
        self.certificate = certificate
        let pair = try MintedAuthority.mint(name: "Test origins")
        authority = try Authority(
            certificate: pair.certificate, key: pair.key.exposed, files: CertificateFiles(directory: directory))
        authorityFile = "\(directory)/origins.pem"
        try pair.certificate.write(toFile: authorityFile, atomically: true, encoding: .utf8)
    }

    func serve(ready: @escaping @Sendable (SocketAddress) -> Void) async throws {
        let context = try certificate.context(for: "allowed.test", authority: authority)
        var server = StreamServer(
            group: MultiThreadedEventLoopGroup.singleton, address: try SocketAddress(ipAddress: "127.0.0.1", port: 0),
            limit: 1024, timeouts: SidecarTimeouts())
        server.prepare = { channel in
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
        }
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
        var number: Int?
        while let bytes = try await reader.head(limit: 1 << 20) {
            let own =
                number
                ?? connections.withLock { count in
                    count += 1
                    return count
                }
            number = own
            let head = try RequestHead(bytes)
            var state = BodyState(try BodyFraming.ofRequest(head))
            var count = 0
            while let piece = try await reader.body(&state) { count += piece.readableBytes }
            seen.withLock {
                $0.append(Seen(connection: own, head: String(decoding: bytes, as: UTF8.self), bodyBytes: count))
            }
            switch head.target {
            case "/chunked":
                try await connection.write(
                    ByteBuffer(
                        string: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Pipelock-Service: fake\r\n\r\n"
                            + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"))
            case "/echo":
                let seen = head.fields.values("authorization").first ?? "none"
                try await connection.write(
                    ByteBuffer(
                        string: "HTTP/1.1 200 OK\r\nX-Seen: \(seen)\r\nTransfer-Encoding: chunked\r\n\r\n"))
                // Every byte on its own: no piece holds a token.
                for byte in seen.utf8 { try await connection.write(Exchange.chunk(ByteBuffer(bytes: [byte]))) }
                try await connection.write(ByteBuffer(string: "0\r\n\r\n"))
            case "/last":
                try await connection.write(
                    ByteBuffer(string: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast"))
                await connection.finish()
                return
            case "/hangup":
                // Without a word beforehand: whoever uses this connection again finds it closed.
                try await connection.write(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhangup"))
                connection.abort()
                return
            case "/close":
                try await connection.write(ByteBuffer(string: "HTTP/1.0 200 OK\r\n\r\nuntil close"))
                await connection.finish()
                return
            default:
                try await connection.write(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\norigin"))
            }
        }
    }
}
