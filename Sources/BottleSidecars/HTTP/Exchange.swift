// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// One request to one upstream and its one answer, both streamed.
struct Exchange: Sendable {
    let client: Connection
    let upstream: Connection
    let request: RequestHead
    /// The request line's target, as the upstream is to see it.
    let target: String
    /// The value of the Host header.
    let host: String
    /// What the upstream is to see besides Host and framing; hop-by-hop fields are removed already.
    let fields: HeaderFields
    let framing: BodyFraming
    /// Marks our own answers; removed from the upstream's unless `isUpstreamOurs`.
    let marker: Answer.Marker
    var isUpstreamOurs = false
    /// Looks through the request's body; nil where nothing is looked for.
    var scanner: BodyScanner?
    /// Writes down that the body is refused, before the client hears of it.
    var recordRefusal: @Sendable (String) -> Void = { _ in }
    /// Hears of the answer's head before the client does.
    var noteAnswer: @Sendable (ResponseHead) -> Void = { _ in }
    /// Takes a token out of the answer; nil where none was put on.
    var filter: TokenFilter?
    let timeouts: SidecarTimeouts

    /// Runs the exchange to its end and reports what went wrong.
    func run(_ reader: ByteReader) async -> ExchangeProgress.Problem? {
        let progress = ExchangeProgress()
        defer { progress.cancelLinger() }
        do {
            try await upstream.wrapped.executeThenClose { inbound in
                try await upstream.write(requestHead())
                await withTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { await answer(ByteReader(inbound), progress) }
                    await upload(reader, progress)
                }
            }
        } catch {
            progress.note("the upstream broke off")
            await refuse(502, "the upstream broke off", reader, progress)
            return progress.problem
        }
        // Whatever the client still sends is read and dropped, so that the answer is not reset away.
        let deadline = client.abort(in: timeouts.linger)
        defer { deadline.cancel() }
        await client.finish()
        await drain(reader)
        return progress.problem
    }

    private func requestHead() -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("\(request.method) \(target) HTTP/1.1\r\nHost: \(host)\r\n")
        fields.write(to: &buffer)
        switch framing {
        case .length(let count): buffer.writeString("Content-Length: \(count)\r\n")
        case .chunked: buffer.writeString("Transfer-Encoding: chunked\r\n")
        case .none where !request.fields.values("content-length").isEmpty:
            buffer.writeString("Content-Length: 0\r\n")
        case .none, .untilClose: break
        }
        buffer.writeString("Connection: close\r\n\r\n")
        return buffer
    }

    /// Sends the request's body, and ends the exchange when the client's body is malformed.
    private func upload(_ reader: ByteReader, _ progress: ExchangeProgress) async {
        var state = BodyState(framing)
        var scanner = scanner
        var isUpstreamListening = true
        do {
            if framing != .none, request.fields.values("expect").contains(where: { $0.lowercased() == "100-continue" })
            {
                try await client.write(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
            }
            while let piece = try await reader.body(&state) {
                // An upstream may answer without reading everything; the rest is read and dropped.
                guard let clean = try scanner.pass(piece), isUpstreamListening else { continue }
                isUpstreamListening = await send(framing == .chunked ? Self.chunk(clean) : clean)
            }
            if let rest = scanner.finish(), isUpstreamListening {
                isUpstreamListening = await send(framing == .chunked ? Self.chunk(rest) : rest)
            }
            if framing == .chunked, isUpstreamListening { _ = await send(ByteBuffer(string: "0\r\n\r\n")) }
        } catch {
            // After a complete answer a client may stop sending as it likes.
            if progress.isComplete { return }
            let failure = error as? HTTPFailure
            progress.note(failure?.reason ?? "the client broke off", isRefusal: failure?.status == 403)
            if let failure, failure.status == 403 { recordRefusal(failure.reason) }
            if let failure { await refuse(failure.status, failure.reason, reader, progress) }
            upstream.abort()
        }
    }

    /// False when the upstream takes nothing more.
    private func send(_ buffer: ByteBuffer) async -> Bool {
        do {
            try await upstream.write(buffer)
            return true
        } catch {
            return false
        }
    }

    /// Relays the response, or says why there is none.
    private func answer(_ reader: ByteReader, _ progress: ExchangeProgress) async {
        do {
            let head = filter.clean(try await finalHead(reader))
            let framing = try BodyFraming.ofResponse(head, method: request.method)
            try filter.screen(head, framing)
            noteAnswer(head)
            guard progress.claimAnswer() else { return }
            if let failure = await relay(head, framing, reader) {
                progress.note(failure)
                client.abort()
            } else {
                progress.complete(closing: client, in: timeouts.linger)
                await client.finish()
            }
        } catch {
            let reason = (error as? HTTPFailure)?.reason ?? "the upstream broke off"
            if progress.claimAnswer() {
                progress.note(reason)
                let text = "the upstream's answer cannot be relayed: \(reason)\n"
                let answer = Answer(status: 502, body: text, marker: marker)
                progress.complete(closing: client, in: timeouts.linger)
                do {
                    try await client.write(answer.bytes(method: request.method))
                    await client.finish()
                } catch {
                    client.abort()
                }
            }
        }
        // An upload that still runs is of no use to anybody now.
        upstream.abort()
    }

    private func finalHead(_ reader: ByteReader) async throws -> ResponseHead {
        while let bytes = try await reader.head(limit: 65536) {
            let head = try ResponseHead(bytes)
            guard head.status != 101 else { throw HTTPFailure(502, "it switches protocols unasked") }
            if head.status >= 200 { return head }
        }
        throw HTTPFailure(502, "it closed without an answer")
    }

    private func relay(_ head: ResponseHead, _ framing: BodyFraming, _ reader: ByteReader) async -> String? {
        let isRechunked = framing == .chunked && request.minor == 1
        var fields = head.fields
        let length = fields.values("content-length").first
        fields.removeHopByHop()
        if !isUpstreamOurs { fields.remove { $0.name == marker.name.lowercased() } }
        var buffer = ByteBuffer()
        buffer.writeString("HTTP/1.1 \(head.status) ")
        buffer.writeBytes(head.reason)
        buffer.writeStaticString("\r\n")
        fields.write(to: &buffer)
        if isRechunked {
            buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        } else if let length {
            buffer.writeString("Content-Length: \(length)\r\n")
        }
        buffer.writeStaticString("Connection: close\r\n\r\n")
        do {
            try await client.write(buffer)
            var state = BodyState(framing)
            var filter = filter
            while let piece = try await reader.body(&state) {
                guard let clean = filter.pass(piece) else { continue }
                try await client.write(isRechunked ? Self.chunk(clean) : clean)
            }
            if let rest = filter.finish() { try await client.write(isRechunked ? Self.chunk(rest) : rest) }
            if isRechunked { try await client.write(ByteBuffer(string: "0\r\n\r\n")) }
            return nil
        } catch {
            return (error as? HTTPFailure)?.reason ?? "the connection broke off inside the answer"
        }
    }

    private func refuse(_ status: Int, _ reason: String, _ reader: ByteReader, _ progress: ExchangeProgress) async {
        guard progress.claimAnswer() else { return }
        let answer = Answer(status: status, body: reason + "\n", marker: marker)
        await answer.send(to: client, reader: reader, method: request.method, timeouts: timeouts)
    }

    private func drain(_ reader: ByteReader) async {
        do {
            while try await reader.read() != nil {}
        } catch {
            return
        }
    }

    /// A piece of a body as one chunk.
    static func chunk(_ piece: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(piece.readableBytes + 16)
        buffer.writeString(String(piece.readableBytes, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeImmutableBuffer(piece)
        buffer.writeStaticString("\r\n")
        return buffer
    }
}
