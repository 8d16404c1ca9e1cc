// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix

/// Speaks HTTP with an engine on its local socket; every exchange has a connection of its own.
struct EngineSocket: Sendable {
    /// One question.
    struct Request: Sendable {
        var method: HTTPMethod
        /// Path and query.
        var target: String
        var type = "application/json"
        var body: [UInt8] = []
        /// What a process gets as its standard input once the engine has said yes; the answer is its output then, to the
        /// end of the connection. Nil for a question that is no process.
        var input: [UInt8]?
    }

    /// The engine's answer.
    struct Answer: Sendable {
        var status: UInt
        /// The first of it, up to the limit.
        var body: [UInt8] = []
        /// What a process said.
        var output: MultiplexedStream
        var isSuccess: Bool { (200..<300).contains(status) }
    }

    enum Failure: Error {
        /// Nobody listens there, or not to us; the number is the system's.
        case unreachable(Int32)
        /// The connection ended before the answer did.
        case broken(String)
        case timedOut
    }

    /// One for all exchanges. It is enough for them; and Swift's runtime crashes now and then (6.3: null metadata in
    /// `swift_checkMetadataState`) where two threads need a generic type for the first time at the same moment, as two
    /// loops need the decoder's.
    static let loop = MultiThreadedEventLoopGroup.singleton.next()

    /// Where the engine listens.
    let path: String

    /// Connects, with the handlers that `prepare` puts into the channel.
    ///
    /// - Throws: `Failure.unreachable`.
    func connect(
        within patience: Duration, _ prepare: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        do {
            return try await ClientBootstrap(group: Self.loop)
                .connectTimeout(TimeAmount(patience))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try prepare(channel) }
                }
                .connect(unixDomainSocketPath: path).get()
        } catch let error as IOError {
            throw Failure.unreachable(error.errnoCode)
        }
    }

    /// Asks, and returns when the whole answer is here.
    ///
    /// - Parameters:
    ///   - limit: What is kept of the answer or of each stream of a process, in bytes.
    /// - Throws: `Failure`, and `CancellationError` when the task was cancelled.
    func exchange(_ request: Request, until end: ContinuousClock.Instant, limit: Int) async throws -> Answer {
        let loop = Self.loop
        let answer = loop.makePromise(of: Answer.self)
        let remaining = TimeAmount(max(.zero, end - ContinuousClock.now))
        let channel: any Channel
        do {
            channel = try await connect(within: .nanoseconds(remaining.nanoseconds)) { channel in
                let encoder = HTTPRequestEncoder()
                try channel.pipeline.syncOperations.addHandlers([
                    encoder, ByteToMessageHandler(HTTPResponseDecoder()),
                    ExchangeHandler(request, encoder, answer, patience: remaining, limit: limit),
                ])
            }
        } catch {
            answer.fail(error)
            throw error
        }
        return try await withTaskCancellationHandler {
            do {
                return try await answer.futureResult.get()
            } catch {
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}

/// One exchange, from the question to the end of the answer.
private final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: EngineSocket.Request
    private let encoder: HTTPRequestEncoder
    private let promise: EventLoopPromise<EngineSocket.Answer>
    private let patience: TimeAmount
    private let limit: Int
    private var answer: EngineSocket.Answer
    private var alarm: Scheduled<Void>?
    private var isOver = false

    init(
        _ request: EngineSocket.Request, _ encoder: HTTPRequestEncoder,
        _ promise: EventLoopPromise<EngineSocket.Answer>,
        patience: TimeAmount, limit: Int
    ) {
        self.request = request
        self.encoder = encoder
        self.promise = promise
        self.patience = patience
        self.limit = limit
        answer = EngineSocket.Answer(status: 0, output: MultiplexedStream(limit: limit))
    }

    func channelActive(context: ChannelHandlerContext) {
        alarm = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            self.end(.failure(EngineSocket.Failure.timedOut), context)
        }
        let head = HTTPRequestHead(
            version: .http1_1, method: request.method, uri: request.target,
            headers: [
                "Host": "engine", "Content-Type": request.type, "Content-Length": "\(request.body.count)",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !request.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = UInt(head.status.code)
            if answer.isSuccess, let input = request.input { type(input, context) }
        case .body(let buffer):
            if answer.isSuccess, request.input != nil {
                answer.output.take(buffer.readableBytesView)
            } else {
                answer.body += buffer.readableBytesView.prefix(max(0, limit - answer.body.count))
            }
        case .end: end(.success(answer), context)
        }
    }

    /// From the engine's yes on, what is sent is no HTTP any more.
    private func type(_ input: [UInt8], _ context: ChannelHandlerContext) {
        guard !input.isEmpty else { return }
        do {
            let raw = try context.pipeline.syncOperations.context(handler: encoder)
            raw.writeAndFlush(NIOAny(ByteBuffer(bytes: input)), promise: nil)
            context.close(mode: .output, promise: nil)
        } catch {
            end(.failure(error), context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failure(EngineSocket.Failure.broken("\(error)")), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(EngineSocket.Failure.broken("unexpected EOF")), context)
        context.fireChannelInactive()
    }

    private func end(_ result: Result<EngineSocket.Answer, any Error>, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        isOver = true
        alarm?.cancel()
        promise.completeWith(result)
        context.close(promise: nil)
    }
}
