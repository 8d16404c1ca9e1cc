// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Relays the answers of one upstream connection to a client, in the order of the requests.
struct AnswerRelay: Sendable {
    /// How an exchange ended.
    enum Ending: Sendable {
        /// Whether client and upstream may be used for another.
        case complete(keepsClient: Bool, keepsUpstream: Bool)
        /// The upstream had closed its connection before it saw the request: it may be sent over another one.
        case stale
        /// The client was told, or is gone.
        case broken
    }

    /// An answer that is to come.
    struct Expected: Sendable {
        let method: String
        let minor: Int
        /// Whether the client closes its connection after it.
        let isLast: Bool
        let mayBeStale: Bool
        /// Takes a token out of it; nil where none was put on.
        let filter: TokenFilter?
        let progress: ExchangeProgress
        let ending: EventLoopPromise<Ending>
    }

    let client: Connection
    let marker: Answer.Marker
    let timeouts: SidecarTimeouts

    /// Serves the requests that are announced, until there are no more.
    func run(_ reader: ByteReader, _ order: AsyncStream<Expected>) async {
        for await expected in order { expected.ending.succeed(await relay(expected, reader)) }
    }

    private func relay(_ expected: Expected, _ reader: ByteReader) async -> Ending {
        let head: ResponseHead
        let framing: BodyFraming
        do {
            guard let found = try await finalHead(reader) else {
                if expected.mayBeStale { return .stale }
                throw HTTPFailure(502, "it closed without an answer")
            }
            head = expected.filter.clean(found)
            framing = try BodyFraming.ofResponse(head, method: expected.method)
            try expected.filter.screen(head, framing)
        } catch {
            await refuse((error as? HTTPFailure)?.reason ?? "the upstream broke off", expected)
            return .broken
        }
        guard expected.progress.claimAnswer() else { return .broken }
        let keepsClient = !expected.isLast && expected.minor == 1 && framing != .untilClose
        let keepsUpstream = head.minor == 1 && framing != .untilClose && !head.fields.asksForClose
        do {
            try await send(head, framing, expected, keepsClient: keepsClient)
            try await send(
                framing, expected.filter, isRechunked: framing == .chunked && expected.minor == 1, reader)
        } catch {
            expected.progress.note((error as? HTTPFailure)?.reason ?? "the connection broke off inside the answer")
            client.abort()
            return .broken
        }
        if !keepsClient { expected.progress.complete(closing: client, in: timeouts.linger) }
        return .complete(keepsClient: keepsClient, keepsUpstream: keepsUpstream)
    }

    /// The head of an answer that is not interim; nil where the connection ends before its first byte.
    private func finalHead(_ reader: ByteReader) async throws -> ResponseHead? {
        while let bytes = try await reader.head(limit: 65536) {
            let head = try ResponseHead(bytes)
            guard head.status != 101 else { throw HTTPFailure(502, "it switches protocols unasked") }
            if head.status >= 200 { return head }
        }
        return nil
    }

    private func send(
        _ head: ResponseHead, _ framing: BodyFraming, _ expected: Expected, keepsClient: Bool
    ) async throws {
        var fields = head.fields
        let length = fields.values("content-length").first
        fields.removeHopByHop()
        fields.remove { $0.name == marker.name.lowercased() }
        var buffer = ByteBuffer()
        buffer.writeString("HTTP/1.1 \(head.status) ")
        buffer.writeBytes(head.reason)
        buffer.writeStaticString("\r\n")
        fields.write(to: &buffer)
        if framing == .chunked, expected.minor == 1 {
            buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        } else if let length {
            buffer.writeString("Content-Length: \(length)\r\n")
        }
        buffer.writeStaticString(keepsClient ? "\r\n" : "Connection: close\r\n\r\n")
        try await client.write(buffer)
    }

    private func send(
        _ framing: BodyFraming, _ filter: TokenFilter?, isRechunked: Bool, _ reader: ByteReader
    ) async throws {
        var state = BodyState(framing)
        var filter = filter
        while let piece = try await reader.body(&state) {
            guard let clean = filter.pass(piece) else { continue }
            try await client.write(isRechunked ? Exchange.chunk(clean) : clean)
        }
        if let rest = filter.finish() { try await client.write(isRechunked ? Exchange.chunk(rest) : rest) }
        if isRechunked { try await client.write(ByteBuffer(string: "0\r\n\r\n")) }
    }

    private func refuse(_ reason: String, _ expected: Expected) async {
        guard expected.progress.claimAnswer() else { return }
        expected.progress.note(reason)
        let text = "the upstream's answer cannot be relayed: \(reason)\n"
        let answer = Answer(status: 502, body: text, marker: marker)
        expected.progress.complete(closing: client, in: timeouts.linger)
        do {
            try await client.write(answer.bytes(method: expected.method))
            await client.finish()
        } catch {
            client.abort()
        }
    }
}
