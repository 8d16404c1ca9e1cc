// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOCore
import NIOPosix
import Synchronization

/// Accepts connections and runs each in a task of its own, up to a limit.
struct StreamServer: Sendable {
    let group: any EventLoopGroup
    let address: SocketAddress
    /// Connections above this are closed at once.
    let limit: Int
    let timeouts: SidecarTimeouts
    /// Adds what comes before everything else in a new connection, on its event loop.
    var prepare: @Sendable (any Channel) throws -> Void = { _ in }

    /// Serves until cancelled. `ready` gets the bound address; `refused` hears of connections above the limit.
    func run(
        ready: (SocketAddress) -> Void, refused: @escaping @Sendable (Connection) -> Void,
        serve: @escaping @Sendable (Connection, ByteReader) async -> Void
    ) async throws {
        let (idle, prepare) = (timeouts.idle, prepare)
        let server: NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, Never>, Never>
        do {
            server = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AcceptErrorFilter())
                    }
                }
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.maxMessagesPerRead, value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(to: address) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try prepare(channel)
                        return try Connection.wrap(channel, idle: idle)
                    }
                }
        } catch {
            let place = "\(address.ipAddress ?? ""):\(address.port ?? 0)"
            throw BottleError(.io, "cannot listen on \(place): free the port or choose another", cause: error)
        }
        if let bound = server.channel.localAddress { ready(bound) }
        let open = OpenConnections()
        try await server.executeThenClose { inbound in
            try await withThrowingDiscardingTaskGroup { tasks in
                for try await accepted in inbound {
                    let connection = Connection(wrapped: accepted)
                    let isWelcome = open.enter() <= limit
                    tasks.addTask {
                        defer { open.leave() }
                        do {
                            try await accepted.executeThenClose { stream in
                                if isWelcome {
                                    await serve(connection, ByteReader(stream))
                                } else {
                                    refused(connection)
                                }
                            }
                        } catch {
                            // The peer broke off; whatever was to be said about it is in the log already.
                            return
                        }
                    }
                }
            }
        }
    }
}

/// How many connections are being served.
private final class OpenConnections: Sendable {
    private let count = Atomic(0)

    func enter() -> Int { count.add(1, ordering: .relaxed).newValue }
    func leave() { count.subtract(1, ordering: .relaxed) }
}

/// Keeps an accept that failed (a peer that is gone, a full descriptor table) from ending the server.
private final class AcceptErrorFilter: ChannelInboundHandler {
    typealias InboundIn = any Channel

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !(error is IOError) { context.fireErrorCaught(error) }
    }
}
