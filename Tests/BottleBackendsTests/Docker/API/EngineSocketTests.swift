// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import BottleBackends

/// An engine that answers every connection with the same bytes, and then hangs up or does not.
private struct CannedEngine {
    let path: String
    private let channel: any Channel

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let bytes: [UInt8]
        private let hangsUp: Bool
        private var hasAnswered = false

        init(_ bytes: [UInt8], hangsUp: Bool) {
            self.bytes = bytes
            self.hangsUp = hangsUp
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !hasAnswered else { return }
            hasAnswered = true
            context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
            if hangsUp { context.close(promise: nil) }
        }
    }

    static func with<Result>(
        _ answer: String, hangsUp: Bool = true, _ body: (EngineSocket) async throws -> Result
    ) async throws -> Result {
        let path = FileManager.default.temporaryDirectory.appending(path: "e\(UInt32.random(in: 0...UInt32.max))").path
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(Array(answer.utf8), hangsUp: hangsUp))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let result = await Swift.Result { try await body(EngineSocket(path: path)) }
        try await channel.close()
        return try result.get()
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

struct EngineSocketTests {
    private static let question = EngineSocket.Request(method: .GET, target: "/x")
    private static var soon: ContinuousClock.Instant { .now + .seconds(10) }

    @Test func `an answer comes back with its body`() async throws {
        for answer in [
            "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\n\r\nhello",
        ] {
            let got = try await CannedEngine.with(answer) {
                try await $0.exchange(Self.question, until: Self.soon, limit: 100)
            }
            #expect(got.status == 404 && !got.isSuccess)
            #expect(String(decoding: got.body, as: UTF8.self) == "hello")
        }
    }

    @Test func `an answer that is complete needs no end of the connection`() async throws {
        let got = try await CannedEngine.with("HTTP/1.1 204 No Content\r\n\r\n", hangsUp: false) {
            try await $0.exchange(Self.question, until: Self.soon, limit: 100)
        }
        #expect(got.status == 204)
    }

    @Test func `a body is kept up to the limit`() async throws {
        let got = try await CannedEngine.with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") {
            try await $0.exchange(Self.question, until: Self.soon, limit: 2)
        }
        #expect(got.body == Array("he".utf8))
    }

    @Test func `a process that was refused is an answer and no output`() async throws {
        var question = Self.question
        question.input = Array("typed".utf8)
        let got = try await CannedEngine.with("HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno") {
            [question] in try await $0.exchange(question, until: Self.soon, limit: 100)
        }
        #expect(got.status == 409 && got.body == Array("no".utf8) && got.output.stdout.isEmpty)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "SSH-2.0-x\r\n\r\n",
    ])
    func `half an answer is none`(_ answer: String) async throws {
        await #expect {
            try await CannedEngine.with(answer) { try await $0.exchange(Self.question, until: Self.soon, limit: 100) }
        } throws: { error in
            if case .broken = error as? EngineSocket.Failure { true } else { false }
        }
    }

    @Test func `an engine that does not answer is waited for until the deadline`() async throws {
        await #expect {
            try await CannedEngine.with("HTTP/1.1 200 OK\r\n", hangsUp: false) {
                try await $0.exchange(Self.question, until: .now + .milliseconds(50), limit: 100)
            }
        } throws: { error in
            if case .timedOut = error as? EngineSocket.Failure { true } else { false }
        }
    }

    @Test func `a cancelled question ends at once`() async throws {
        try await CannedEngine.with("HTTP/1.1 200 OK\r\n", hangsUp: false) { socket in
            let asking = Task { try await socket.exchange(Self.question, until: .now + .seconds(60), limit: 100) }
            asking.cancel()
            await #expect(throws: CancellationError.self) { try await asking.value }
        }
    }

    @Test func `nobody listens`() async throws {
        await #expect {
            try await EngineSocket(path: "/nonexistent/socket").exchange(Self.question, until: Self.soon, limit: 100)
        } throws: { error in
            if case .unreachable(ENOENT) = error as? EngineSocket.Failure { true } else { false }
        }
    }
}
