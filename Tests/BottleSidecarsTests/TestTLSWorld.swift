// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import BottleSidecars

/// A test world whose pipelock and egress open TLS, and an origin that speaks it.
struct TestTLSWorld: Sendable {
    let world: TestWorld
    let origin: TestTLSOrigin
    /// Of the guest: it trusts the CA that pipelock shows, or egress's where there are routes.
    let guest: NIOSSLContext
    /// Of somebody who trusts the other one of the two.
    let stranger: NIOSSLContext

    struct Options: Sendable {
        var certificate = OriginCertificate.good
        var isRouted = false
        var passthrough: [String] = []
    }

    static func run(
        _ change: (inout Options) -> Void = { _ in }, _ body: @escaping @Sendable (TestTLSWorld) async throws -> Void
    ) async throws {
        var made = Options()
        change(&made)
        let options = made
        let directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let origin = try TestTLSOrigin(options.certificate, directory: directory.path)
        func authority(_ name: String) throws -> CertificateFiles {
            let path = directory.appending(path: name)
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            try BundleCommand.mint(in: path.path, name: name)
            return CertificateFiles(directory: path.path)
        }
        let (pipelock, egress) = (try authority("pipelock"), try authority("egress"))
        let pipelockTLS = try BundleCommand.tls(pipelock, trust: origin.authorityFile, place: "test", faults: [])
        // Egress sees nobody but pipelock.
        let egressTLS = try BundleCommand.tls(egress, trust: pipelock.certificate, place: "test", faults: [])
        let shown = options.isRouted ? egress : pipelock
        let hidden = options.isRouted ? pipelock : egress
        let guest = try ClientTrust.context(additional: shown.certificate)
        let stranger = try ClientTrust.context(additional: hidden.certificate)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let port = try await TestWorld.started(&tasks) { ready in try await origin.serve(ready: ready) }
            try await TestWorld.run {
                $0.pipelockTLS = pipelockTLS
                $0.egressTLS = egressTLS
                $0.passthrough = options.passthrough
                $0.hasRoutes = options.isRouted
                if options.isRouted {
                    $0.routes =
                        #", {"host":"allowed.test","scheme":"https","port":\#(port),"token_variable":"TOKEN"}"#
                }
            } _: { world async throws in
                try await body(TestTLSWorld(world: world, origin: origin, guest: guest, stranger: stranger))
            }
            tasks.cancelAll()
        }
    }

    /// What came of a tunnel.
    struct Outcome: Sendable {
        /// Of CONNECT.
        var status = 0
        /// Whether there was a handshake with somebody whose certificate is believed.
        var isTrusted = false
        /// All that came through the tunnel, at most 10 s long.
        var text = ""
    }

    /// Asks for a tunnel, and sends messages through it, each when something came back after the last.
    ///
    /// - Parameters:
    ///   - serverName: In TLS; the tunnel's host when nil.
    func tunnel(
        _ host: String = "allowed.test", serverName: String? = nil, trust: NIOSSLContext? = nil, _ messages: String...
    ) async throws -> Outcome {
        try await tunnel(host, serverName: serverName ?? host, trust: trust ?? guest, messages)
    }

    /// Asks for a tunnel, and sends through it what is no TLS.
    func plain(_ message: String) async throws -> Outcome {
        try await tunnel("allowed.test", serverName: "", trust: nil, [message])
    }

    private func tunnel(
        _ host: String, serverName: String, trust: NIOSSLContext?, _ messages: [String]
    ) async throws -> Outcome {
        let authority = "\(host):\(origin.port)"
        let wrapped = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(to: SocketAddress(ipAddress: "127.0.0.2", port: 0))
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: Int(world.pipelock))) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection.wrap(channel, idle: .seconds(10)) }
            }
        let connection = Connection(wrapped: wrapped)
        do {
            return try await wrapped.executeThenClose { inbound in
                var outcome = Outcome()
                let reader = ByteReader(inbound)
                try await connection.write(
                    ByteBuffer(string: "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n\r\n"))
                guard let head = try await reader.head(limit: 65536) else { return outcome }
                outcome.status = String(decoding: head, as: UTF8.self).status
                guard outcome.status == 200 else { return outcome }
                do {
                    if let trust {
                        try await connection.secure(asClient: trust, of: serverName, timeouts: SidecarTimeouts())
                        outcome.isTrusted = true
                    }
                } catch {
                    outcome.text = "no TLS: \(error)"
                    return outcome
                }
                do {
                    for message in messages {
                        try await connection.write(ByteBuffer(string: message))
                        if let piece = try await reader.read() { outcome.text += String(buffer: piece) }
                    }
                    await connection.finish()
                    while let piece = try await reader.read() { outcome.text += String(buffer: piece) }
                } catch {
                    // How it ended shows in what is missing.
                    return outcome
                }
                return outcome
            }
        } catch let error as ChannelError {
            return Outcome(text: "\(error)")
        }
    }

    /// A request to a host, as it stands in a tunnel.
    func request(
        _ path: String = "/", host: String = "allowed.test", port: Bool = true, fields: String = ""
    ) -> String {
        "GET \(path) HTTP/1.1\r\nHost: \(host)\(port ? ":\(origin.port)" : "")\r\n\(fields)\r\n"
    }
}
