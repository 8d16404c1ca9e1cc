// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
package import NIOCore
import NIOPosix

/// A stub resolver: one server, UDP first, TCP when truncated, nothing cached, never the C library's.
package struct DNSResolver: HostResolver {
    private let server: SocketAddress
    private let group: any EventLoopGroup
    /// The whole budget is their sum: 2 s.
    private static let attempts: [TimeAmount] = [.milliseconds(400), .milliseconds(600), .milliseconds(1000)]

    /// A resolver that asks `server`.
    package init(server: SocketAddress, group: any EventLoopGroup) {
        self.server = server
        self.group = group
    }

    /// The first `nameserver` of a resolv.conf; nil when it names none.
    package static func server(inResolvConf text: String) -> SocketAddress? {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count >= 2, words[0] == "nameserver" else { continue }
            return IPAddress(words[1]).flatMap { try? SocketAddress(ipAddress: $0.description, port: 53) }
        }
        return nil
    }

    /// RFC 6761: these names mean the loopback address to everybody, and no name server is asked.
    private static func isLoopback(_ name: String) -> Bool { name == "localhost" || name.hasSuffix(".localhost") }

    package func addresses(of name: String) async throws -> [IPAddress] {
        if Self.isLoopback(name) { return [.loopback] }
        for budget in Self.attempts {
            let id = UInt16.random(in: .min ... .max)
            var answer = try await ask(overTCP: false, id: id, name: name, budget: budget)
            if answer == .truncated { answer = try await ask(overTCP: true, id: id, name: name, budget: .seconds(1)) }
            switch answer {
            case .addresses(let found): return found
            case .some(.none): throw BottleError(.notFound, "\(name) has no IPv4 address")
            case .failed, .truncated, nil: continue
            }
        }
        throw BottleError(.timeout, "no usable answer from \(server)")
    }

    /// One question on a socket of its own, so that the kernel picks a fresh random port; nil when no answer came.
    private func ask(
        overTCP: Bool, id: UInt16, name: String, budget: TimeAmount
    ) async throws -> DNSMessage.Answer? {
        do {
            let wrapped = try await overTCP ? connectTCP(budget) : connectUDP()
            let channel = wrapped.channel
            let deadline = channel.eventLoop.scheduleTask(in: budget) { channel.close(promise: nil) }
            defer { deadline.cancel() }
            return try await wrapped.executeThenClose { inbound in
                let query = DNSMessage.query(id: id, name: name)
                var message = ByteBuffer()
                if overTCP { message.writeInteger(UInt16(query.count)) }
                message.writeBytes(query)
                try await channel.writeAndFlush(message).get()
                var stream = ByteBuffer()
                for try await var piece in inbound {
                    if !overTCP {
                        if let answer = DNSMessage.answer(Array(piece.readableBytesView), id: id, name: name) {
                            return answer
                        }
                        continue
                    }
                    stream.writeBuffer(&piece)
                    if let length: UInt16 = stream.getInteger(at: stream.readerIndex),
                        let bytes = stream.getBytes(at: stream.readerIndex + 2, length: Int(length))
                    {
                        return DNSMessage.answer(bytes, id: id, name: name)
                    }
                }
                return nil
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Refused or unreachable: the next attempt may fare better, and the budget ends it.
            return nil
        }
    }

    private func connectTCP(_ budget: TimeAmount) async throws -> NIOAsyncChannel<ByteBuffer, Never> {
        try await ClientBootstrap(group: group).connectTimeout(budget).connect(to: server) { channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
    }

    private func connectUDP() async throws -> NIOAsyncChannel<ByteBuffer, Never> {
        try await DatagramBootstrap(group: group).connect(to: server) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(EnvelopeOpener(server: server))
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
    }
}

/// Lets datagrams of the server through and no others; the socket is connected, so the kernel filters as well.
private final class EnvelopeOpener: ChannelDuplexHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let server: SocketAddress

    init(server: SocketAddress) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        if envelope.remoteAddress == server { context.fireChannelRead(wrapInboundOut(envelope.data)) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let envelope = AddressedEnvelope(remoteAddress: server, data: unwrapOutboundIn(data))
        context.write(wrapOutboundOut(envelope), promise: promise)
    }
}
