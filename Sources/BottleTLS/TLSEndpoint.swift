// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if TLS
    import NIOCore
    import NIOEmbedded
    package import NIOSSL
    import NIOTLS

    /// One end of TLS without a socket: bytes of the network go in and come out, and so does what they mean.
    ///
    /// Lives on one thread, and never waits: whoever owns the socket has the loop and the deadlines.
    package final class TLSEndpoint {
        /// How far the conversation is.
        package enum State: Sendable, Hashable {
            case handshaking
            case open
            /// The peer has said that it is done; without that word its end could be anybody's.
            case ended(isClean: Bool)
            /// In a few words; what a peer chose is not repeated.
            case failed(String)
        }

        package private(set) var state = State.handshaking
        private let channel = EmbeddedChannel()
        private let watcher = Watcher()
        private let client: NIOSSLClientHandler?

        /// The server's end.
        ///
        /// - Throws: What the cryptography throws.
        package init(asServer context: NIOSSLContext) throws {
            client = nil
            try channel.pipeline.syncOperations.addHandlers(
                [HalfClose(), NIOSSLServerHandler(context: context), watcher])
            try begin()
        }

        /// The client's end; its first message can be taken at once.
        ///
        /// - Parameter serverName: Whom the client asks for; nil names nobody.
        /// - Throws: What the cryptography throws, a name that TLS cannot carry among it.
        package init(asClient context: NIOSSLContext, serverName: String?) throws {
            let handler = try NIOSSLClientHandler(context: context, serverHostname: serverName)
            client = handler
            try channel.pipeline.syncOperations.addHandlers([HalfClose(), handler, watcher])
            try begin()
        }

        private func begin() throws {
            // An address that nobody dials: a channel without sockets has to be told that it is connected.
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
            settle()
        }

        deinit {
            // Not `finish`, which waits for the handlers: one that has closed its output already never answers.
            channel.close(promise: nil)
            channel.pipeline.fireChannelInactive()
            channel.embeddedEventLoop.run()
        }

        /// What came from the network.
        package func receive(_ bytes: some Sequence<UInt8>) {
            guard isOpen else { return }
            do {
                try channel.writeInbound(channel.allocator.buffer(bytes: bytes))
            } catch {
                fail(error)
            }
            settle()
        }

        /// The network will bring no more.
        package func receiveEnd() {
            guard isOpen else { return }
            channel.pipeline.fireChannelInactive()
            settle()
            if isOpen { state = state == .handshaking ? .failed("the handshake broke off") : .ended(isClean: false) }
        }

        /// What the peer is to be told.
        package func send(_ bytes: some Sequence<UInt8>) {
            guard isOpen else { return }
            channel.writeAndFlush(channel.allocator.buffer(bytes: bytes), promise: nil)
            settle()
        }

        /// Says that nothing more will be sent, and reads on.
        package func closeOutput() {
            guard isOpen else { return }
            channel.close(mode: .output, promise: nil)
            settle()
        }

        /// Says that nothing more will be sent, and reads nothing more.
        package func close() {
            guard isOpen else { return }
            channel.close(promise: nil)
            settle()
        }

        /// Takes what is to go to the network.
        package func takeOutput() -> [UInt8] {
            var output: [UInt8] = []
            while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { output += buffer.readableBytesView }
            return output
        }

        /// Takes what the peer said.
        package func takeInput() -> [UInt8] {
            var input: [UInt8] = []
            while let buffer = try? channel.readInbound(as: ByteBuffer.self) { input += buffer.readableBytesView }
            return input
        }

        /// The certificate that a server showed, in DER; known once the conversation is open.
        package var peerCertificate: [UInt8]? { client?.peerCertificate.flatMap { try? $0.toDERBytes() } }

        /// `TLSv1.2` or `TLSv1.3`, once the conversation is open.
        package var version: String? {
            switch client?.tlsVersion {
            case .tlsv12: "TLSv1.2"
            case .tlsv13: "TLSv1.3"
            default: nil
            }
        }

        private var isOpen: Bool { state == .handshaking || state == .open }

        private func settle() {
            channel.embeddedEventLoop.run()
            if let error = watcher.error {
                watcher.error = nil
                fail(error)
            }
            if watcher.isOpen, state == .handshaking { state = .open }
            if watcher.isDone, isOpen { state = .ended(isClean: true) }
        }

        private func fail(_ error: any Error) {
            guard isOpen else { return }
            if case .uncleanShutdown? = error as? NIOSSLError, state == .open {
                state = .ended(isClean: false)
            } else {
                state = .failed(Self.reason(error))
            }
        }

        private static func reason(_ error: any Error) -> String {
            if error is NIOSSLExtraError { return "the certificate is for another name" }
            let text = "\(error)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") { return "the certificate is not trusted" }
            if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") { return "that is no TLS" }
            if text.contains("ALERT") { return "the peer refused" }
            return "the handshake failed"
        }
    }

    /// Stands where a socket would: the channel without one knows no half of being closed.
    private final class HalfClose: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            guard mode == .output else { return context.close(mode: mode, promise: promise) }
            promise?.succeed()
        }
    }

    /// Keeps what TLS says beside the bytes.
    private final class Watcher: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        var isOpen = false
        var isDone = false
        var error: (any Error)?

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            switch event {
            case let event as TLSUserEvent:
                if case .handshakeCompleted = event { isOpen = true } else { isDone = true }
            case ChannelEvent.inputClosed: isDone = true
            default: break
            }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            // The first is the cause, the others follow from it.
            if self.error == nil { self.error = error }
        }
    }
#endif
