// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// An established connection, either way.
struct Connection: Sendable {
    let wrapped: NIOAsyncChannel<ByteBuffer, Never>
    /// The peer as `ip:port`, also when it is gone.
    let peer: String
    let peerAddress: IPAddress?

    init(wrapped: NIOAsyncChannel<ByteBuffer, Never>) {
        self.wrapped = wrapped
        let address = wrapped.channel.remoteAddress
        peerAddress = address?.ipAddress.flatMap { IPAddress($0) }
        peer =
            address?.ipAddress.map { ip in
                let port = address?.port ?? 0
                return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
            } ?? ""
    }

    var channel: any Channel { wrapped.channel }

    /// Writes and waits until the kernel has taken it: the back-pressure of every relay.
    func write(_ buffer: ByteBuffer) async throws { try await channel.writeAndFlush(buffer).get() }

    /// Ends our direction; the peer may go on sending.
    func finish() async {
        do {
            try await channel.close(mode: .output).get()
        } catch {
            // Already closed by the peer or by a deadline: that is the end we wanted.
            return
        }
    }

    /// Closes both directions at once.
    func abort() { channel.close(promise: nil) }

    /// Closes the connection when `time` has passed, unless the result is cancelled first.
    func abort(in time: TimeAmount) -> Scheduled<Void> {
        let channel = self.channel
        return channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    /// Dials exactly this address.
    static func dial(
        _ address: IPAddress, port: UInt16, on group: any EventLoopGroup, timeouts: SidecarTimeouts
    ) async throws -> Connection {
        let target = try SocketAddress(ipAddress: address.description, port: Int(port))
        let wrapped = try await ClientBootstrap(group: group)
            .connectTimeout(timeouts.connect)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(to: target) { channel in
                channel.eventLoop.makeCompletedFuture { try wrap(channel, idle: timeouts.idle) }
            }
        return Connection(wrapped: wrapped)
    }

    /// Adds the idle limit and the asynchronous reader; on the channel's event loop only.
    static func wrap(_ channel: any Channel, idle: TimeAmount) throws -> NIOAsyncChannel<ByteBuffer, Never> {
        try channel.pipeline.syncOperations.addHandlers(IdleStateHandler(allTimeout: idle), IdleCloser())
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel,
            configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 3))
        )
    }
}

/// Closes a connection that has been idle for too long.
private final class IdleCloser: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
