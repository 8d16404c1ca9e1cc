// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import NIOCore
    import NIOSSL
    import NIOTLS

    extension Connection {
        /// Becomes the server's end of TLS, right after a last plain message.
        ///
        /// Bytes that the client sent before it had that message are no TLS: they make the handshake fail.
        ///
        /// - Throws: What the handshake came to when it failed, or took longer than a head may.
        func secure(asServer context: NIOSSLContext, after last: ByteBuffer, timeouts: SidecarTimeouts) async throws {
            try await secure(timeouts, after: last) { NIOSSLServerHandler(context: context) }
        }

        /// Becomes the client's end of TLS with a server whose certificate must be good for a name.
        ///
        /// - Throws: As above.
        func secure(asClient context: NIOSSLContext, of host: String, timeouts: SidecarTimeouts) async throws {
            try await secure(timeouts, after: nil) { try NIOSSLClientHandler(context: context, serverHostname: host) }
        }

        private func secure(
            _ timeouts: SidecarTimeouts, after last: ByteBuffer?,
            handler: @escaping @Sendable () throws -> any ChannelHandler & RemovableChannelHandler
        ) async throws {
            let channel = channel
            let deadline = abort(in: timeouts.head)
            defer { deadline.cancel() }
            let promise = channel.eventLoop.makePromise(of: Void.self)
            channel.eventLoop.execute {
                // In one turn of the loop: nothing that is read later passes by the handler.
                if let last { channel.writeAndFlush(last, promise: nil) }
                do {
                    let handlers: [any ChannelHandler] = [try handler(), HandshakeWatcher(promise)]
                    try channel.pipeline.syncOperations.addHandlers(handlers, position: .first)
                } catch {
                    promise.fail(error)
                }
            }
            try await promise.futureResult.get()
        }
    }

    /// Tells whether a handshake came to its end.
    private final class HandshakeWatcher: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private var promise: EventLoopPromise<Void>?

        init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted? = event as? TLSUserEvent { end(.success(())) }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            end(.failure(error))
            context.fireErrorCaught(error)
        }

        func channelInactive(context: ChannelHandlerContext) {
            end(.failure(ChannelError.eof))
            context.fireChannelInactive()
        }

        func handlerRemoved(context: ChannelHandlerContext) { end(.failure(ChannelError.eof)) }

        private func end(_ result: Result<Void, any Error>) {
            promise?.completeWith(result)
            promise = nil
        }
    }
#endif
