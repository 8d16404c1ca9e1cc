// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The requests inside a tunnel that was opened: one after the other, each judged anew, over upstream connections that are
/// kept as long as both sides keep them.
struct OpenedTunnel: Sendable {
    /// A request that may go on, as the upstream is to see it.
    struct Passed: Sendable {
        var head: RequestHead
        /// The request line's target.
        var target: String
        /// Besides Host and framing; hop-by-hop fields are removed already.
        var fields: HeaderFields
        var framing: BodyFraming
        /// Looks through the body; nil where nothing is looked for.
        var scanner: BodyScanner?
        /// Takes a token out of the answer; nil where none was put on.
        var filter: TokenFilter?
    }

    let client: Connection
    /// The value of the Host header.
    let host: String
    let requests: RequestReader
    let timeouts: SidecarTimeouts
    /// Decides about a request; records it either way.
    let judge: @Sendable (RequestHead) throws(HTTPFailure) -> Passed
    /// A connection towards where the tunnel leads, with nothing said on it yet.
    let dial: @Sendable () async throws(HTTPFailure) -> Connection
    /// Makes of it one that requests can be sent over.
    let establish: @Sendable (Connection, ByteReader) async throws(HTTPFailure) -> Void

    /// Ends TLS with a client that asked for a tunnel; false when the connection is of no further use, which is written down.
    static func accept(
        _ client: Connection, _ reader: ByteReader, _ head: RequestHead, as name: String, _ tls: TunnelTLS,
        _ requests: RequestReader
    ) async -> Bool {
        guard reader.unread.isEmpty else {
            // What was sent before the tunnel is open would come out of it as if TLS had carried it.
            let reason = "bytes before the tunnel is open"
            requests.record(client, "blocked", head, detail: reason)
            await requests.answer(400, "CONNECT blocked: \(reason)\n", to: client, reader, method: head.method)
            return false
        }
        let established = ByteBuffer(string: "HTTP/1.1 200 Connection Established\r\n\r\n")
        do {
            try await tls.accept(client, name, established, requests.timeouts)
            return true
        } catch {
            // Nobody is there to answer to: a client that does not speak TLS gets no HTTP either.
            requests.record(client, "blocked", head, detail: error.reason)
            client.abort()
            return false
        }
    }

    /// Serves until the client has nothing more to ask for, one side breaks off, or a request is refused.
    func run(_ reader: ByteReader) async {
        let deadline = client.abort(in: timeouts.tunnel)
        defer { deadline.cancel() }
        var next = await request(reader)
        while let request = next {
            let upstream: Connection
            do {
                upstream = try await dial()
            } catch {
                requests.record(client, "error", request.head, detail: error.reason)
                await refuse(error, request.head, reader)
                return
            }
            next = await converse(request, over: upstream, reader)
        }
    }

    /// The next request; nil when there is none, or none that may go on.
    private func request(_ reader: ByteReader) async -> Passed? {
        guard let head = await requests.request(from: client, reader) else { return nil }
        do {
            return try judge(head)
        } catch {
            await refuse(error, head, reader)
            return nil
        }
    }

    private func refuse(_ failure: HTTPFailure, _ head: RequestHead, _ reader: ByteReader) async {
        let text = failure.status == 403 ? "blocked: \(failure.reason)\n" : "\(failure.reason)\n"
        await requests.answer(failure.status, text, to: client, reader, method: head.method)
    }

    /// Sends requests over one upstream connection until it is used up; the next one then needs another.
    private func converse(_ first: Passed, over upstream: Connection, _ reader: ByteReader) async -> Passed? {
        var next: Passed?
        do {
            try await upstream.wrapped.executeThenClose { inbound in
                let (expected, order) = AsyncStream<AnswerRelay.Expected>.makeStream()
                let relay = AnswerRelay(client: client, marker: requests.marker, timeouts: timeouts)
                let ready = upstream.channel.eventLoop.makePromise(of: Void.self)
                await withTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        let answers = ByteReader(inbound)
                        do {
                            try await establish(upstream, answers)
                            ready.succeed()
                        } catch {
                            ready.fail(error)
                            return
                        }
                        await relay.run(answers, expected)
                    }
                    do {
                        try await ready.futureResult.get()
                        next = await exchange(first, upstream, reader, order)
                    } catch {
                        let failure = error as? HTTPFailure ?? HTTPFailure(502, "the upstream broke off")
                        requests.record(client, "error", first.head, detail: failure.reason)
                        await refuse(failure, first.head, reader)
                    }
                    order.finish()
                    // An answer that nobody waits for any more.
                    upstream.abort()
                }
            }
        } catch {
            // Closing what is closed already; every request has had its answer.
            return next
        }
        return next
    }

    private func exchange(
        _ first: Passed, _ upstream: Connection, _ reader: ByteReader,
        _ order: AsyncStream<AnswerRelay.Expected>.Continuation
    ) async -> Passed? {
        var current = first
        var isFresh = true
        while true {
            let progress = ExchangeProgress()
            defer { progress.cancelLinger() }
            let promise = client.channel.eventLoop.makePromise(of: AnswerRelay.Ending.self)
            // On a connection that was used before, the end of it may have come before this request.
            let mayBeStale = !isFresh && current.framing == .none
            order.yield(
                AnswerRelay.Expected(
                    method: current.head.method, minor: current.head.minor,
                    isLast: current.head.fields.asksForClose, mayBeStale: mayBeStale, filter: current.filter,
                    progress: progress, ending: promise))
            await upload(current, upstream, reader, progress)
            let ending = (try? await promise.futureResult.get()) ?? .broken
            if let problem = progress.problem, !problem.isRefusal {
                requests.record(client, "error", current.head, detail: problem.reason)
            }
            switch ending {
            case .stale: return current
            case .broken: return nil
            case .complete(let keepsClient, let keepsUpstream):
                guard keepsClient else {
                    await farewell(reader)
                    return nil
                }
                guard let following = await request(reader) else { return nil }
                guard keepsUpstream else { return following }
                current = following
                isFresh = false
            }
        }
    }

    /// Reads on for a moment, so that the answer is not reset away.
    private func farewell(_ reader: ByteReader) async {
        let deadline = client.abort(in: timeouts.linger)
        defer { deadline.cancel() }
        await client.finish()
        do {
            while try await reader.read() != nil {}
        } catch {
            return
        }
    }

    /// Sends head and body; what ends the exchange early is noted in `progress`, and answered.
    private func upload(
        _ request: Passed, _ upstream: Connection, _ reader: ByteReader, _ progress: ExchangeProgress
    ) async {
        var state = BodyState(request.framing)
        var scanner = request.scanner
        var isListening = await send(request.head(host: host), to: upstream)
        guard request.framing != .none else { return }
        do {
            if request.head.fields.values("expect").contains(where: { $0.lowercased() == "100-continue" }) {
                try await client.write(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
            }
            let isChunked = request.framing == .chunked
            while let piece = try await reader.body(&state) {
                // An upstream may answer without reading everything; the rest is read and dropped.
                guard let clean = try scanner.pass(piece), isListening else { continue }
                isListening = await send(isChunked ? Exchange.chunk(clean) : clean, to: upstream)
            }
            if let rest = scanner.finish(), isListening {
                isListening = await send(isChunked ? Exchange.chunk(rest) : rest, to: upstream)
            }
            if isChunked, isListening { _ = await send(ByteBuffer(string: "0\r\n\r\n"), to: upstream) }
        } catch {
            // After a complete answer a client may stop sending as it likes.
            if progress.isComplete { return }
            let failure = error as? HTTPFailure
            progress.note(failure?.reason ?? "the client broke off", isRefusal: failure?.status == 403)
            if let failure, failure.status == 403 {
                requests.record(client, "blocked", request.head, detail: failure.reason)
            }
            if let failure, progress.claimAnswer() { await refuse(failure, request.head, reader) }
            upstream.abort()
        }
    }

    /// False when the upstream takes nothing more.
    private func send(_ buffer: ByteBuffer, to upstream: Connection) async -> Bool {
        do {
            try await upstream.write(buffer)
            return true
        } catch {
            return false
        }
    }
}

extension OpenedTunnel.Passed {
    /// The head as the upstream sees it.
    fileprivate func head(host: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("\(head.method) \(target) HTTP/1.1\r\nHost: \(host)\r\n")
        fields.write(to: &buffer)
        switch framing {
        case .length(let count): buffer.writeString("Content-Length: \(count)\r\n")
        case .chunked: buffer.writeString("Transfer-Encoding: chunked\r\n")
        case .none where !head.fields.values("content-length").isEmpty:
            buffer.writeString("Content-Length: 0\r\n")
        case .none, .untilClose: break
        }
        buffer.writeString("\r\n")
        return buffer
    }
}
