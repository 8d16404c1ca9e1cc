// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// A connection with both streams of a container, made before the container is started, so that nothing it says is missed.
final class EngineAttachment: Sendable {
    /// Completed when the engine has attached, with its refusal if it gives one; fails when the connection does.
    private let answer: EventLoopPromise<EngineSocket.Answer>
    /// Completed when the engine has ended the connection, as it does when the container ends.
    private let over: EventLoopPromise<Void>
    private let channel: any Channel

    private init(
        _ channel: any Channel, _ answer: EventLoopPromise<EngineSocket.Answer>, _ over: EventLoopPromise<Void>
    ) {
        self.channel = channel
        self.answer = answer
        self.over = over
    }

    /// Asks to be attached.
    ///
    /// - Parameters:
    ///   - target: Path and query of the question.
    ///   - stdin: What the container gets as its standard input, followed by its end.
    ///   - line: Called with each line of either stream, on the connections' own thread: it must not block.
    /// - Throws: `EngineSocket.Failure`, and `CancellationError`.
    static func open(
        _ socket: EngineSocket, target: String, stdin: [UInt8], until end: ContinuousClock.Instant,
        line: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> EngineAttachment {
        let loop = EngineSocket.loop
        let (answer, over) = (loop.makePromise(of: EngineSocket.Answer.self), loop.makePromise(of: Void.self))
        do {
            let channel = try await socket.connect(within: max(.zero, end - ContinuousClock.now)) { channel in
                let encoder = HTTPRequestEncoder()
                try channel.pipeline.syncOperations.addHandlers([
                    encoder, ByteToMessageHandler(HTTPResponseDecoder()),
                    AttachmentHandler(target, stdin, encoder, answer, over, line),
                ])
            }
            return EngineAttachment(channel, answer, over)
        } catch {
            answer.fail(error)
            over.succeed()
            throw error
        }
    }

    /// Waits until the engine has attached; a status beyond 299 is its refusal.
    func attached(until end: ContinuousClock.Instant) async throws -> EngineSocket.Answer {
        let alarm = channel.eventLoop.scheduleTask(in: TimeAmount(max(.zero, end - ContinuousClock.now))) {
            [answer, channel] in
            answer.fail(EngineSocket.Failure.timedOut)
            channel.close(promise: nil)
        }
        defer { alarm.cancel() }
        return try await withTaskCancellationHandler {
            try await answer.futureResult.get()
        } onCancel: {
            close()
        }
    }

    /// Waits for the end of the connection.
    func ended() async { try? await over.futureResult.get() }

    /// Ends the connection; the container goes on.
    func close() { channel.close(promise: nil) }
}

/// From the question to the end of the connection.
private final class AttachmentHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let target: String
    private let stdin: [UInt8]
    private let encoder: HTTPRequestEncoder
    private let promise: EventLoopPromise<EngineSocket.Answer>
    private let over: EventLoopPromise<Void>
    private let line: @Sendable ([UInt8]) -> Void
    private var answer = EngineSocket.Answer(status: 0, output: MultiplexedStream(limit: 0))
    private var frames = StreamFrames()
    private var lines = (stdout: LineSplitter(), stderr: LineSplitter())
    private var isOver = false
    private static let refusalLimit = 64 << 10

    init(
        _ target: String, _ stdin: [UInt8], _ encoder: HTTPRequestEncoder,
        _ promise: EventLoopPromise<EngineSocket.Answer>, _ over: EventLoopPromise<Void>,
        _ line: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.target = target
        self.stdin = stdin
        self.encoder = encoder
        self.promise = promise
        self.over = over
        self.line = line
    }

    func channelActive(context: ChannelHandlerContext) {
        let head = HTTPRequestHead(
            version: .http1_1, method: .POST, uri: target, headers: ["Host": "engine", "Content-Length": "0"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = UInt(head.status.code)
            guard answer.isSuccess else { return }
            type(context)
            promise.succeed(answer)
        case .body(let buffer):
            guard answer.isSuccess else {
                answer.body += buffer.readableBytesView.prefix(max(0, Self.refusalLimit - answer.body.count))
                return
            }
            frames.take(buffer.readableBytesView) { kind, piece in
                switch kind {
                case .stdout: lines.stdout.take(piece, line)
                case .stderr: lines.stderr.take(piece, line)
                }
            }
            if frames.isBroken { end(EngineSocket.Failure.broken("something else than a stream came"), context) }
        case .end: end(nil, context)
        }
    }

    /// From the engine's yes on, what is sent is no HTTP any more.
    private func type(_ context: ChannelHandlerContext) {
        do {
            let raw = try context.pipeline.syncOperations.context(handler: encoder)
            if !stdin.isEmpty { raw.writeAndFlush(NIOAny(ByteBuffer(bytes: stdin)), promise: nil) }
            context.close(mode: .output, promise: nil)
        } catch {
            end(error, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(EngineSocket.Failure.broken("\(error)"), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(EngineSocket.Failure.broken("unexpected EOF"), context)
        context.fireChannelInactive()
    }

    private func end(_ failure: (any Error)?, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        isOver = true
        lines.stdout.finish(line)
        lines.stderr.finish(line)
        // Both have no effect where the answer came before.
        if let failure { promise.fail(failure) } else { promise.succeed(answer) }
        over.succeed()
        context.close(promise: nil)
    }
}
