// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The common start of every connection: a head that arrives in time and can be parsed, or a refusal.
struct RequestReader: Sendable {
    let daemon: String
    let marker: Answer.Marker
    let log: LineSink
    let timeouts: SidecarTimeouts

    /// A parsed head; nil when the connection is of no further use: the answer and the record are written then.
    func request(from client: Connection, _ reader: ByteReader) async -> RequestHead? {
        let deadline = client.abort(in: timeouts.head)
        var bytes: [UInt8] = []
        do {
            defer { deadline.cancel() }
            guard let head = try await reader.head(limit: 65536) else { return nil }
            bytes = head
            return try RequestHead(head)
        } catch let failure as HTTPFailure {
            let rough = RequestHead.roughTarget(bytes.isEmpty ? Array(reader.unread.prefix(8192)) : bytes)
            // The nonce is looked for in the raw bytes: an escape right before it would join its run of digits.
            let nonce = SidecarRecord.nonce(in: String(decoding: rough, as: UTF8.self))
            let target = SidecarRecord.escaped(rough, limit: 512)
            record(client, "blocked", target, nonce: nonce, detail: failure.reason)
            await answer(failure.status, "\(failure.reason)\n", to: client, reader, method: "")
        } catch {
            record(client, "error", "", nonce: nil, detail: "the client broke off inside the head")
        }
        return nil
    }

    /// Writes a record about a request.
    func record(_ client: Connection, _ event: String, _ head: RequestHead, detail: String? = nil) {
        record(client, event, head.target, nonce: head.nonce, detail: detail)
    }

    /// Sends an answer of the sidecar's own.
    func answer(
        _ status: Int, _ body: String, to client: Connection, _ reader: ByteReader, method: String,
        contentType: String = "text/plain; charset=utf-8"
    ) async {
        let answer = Answer(status: status, contentType: contentType, body: body, marker: marker)
        await answer.send(to: client, reader: reader, method: method, timeouts: timeouts)
    }

    /// Writes a record about a target that the head does not name.
    func record(_ client: Connection, _ event: String, _ target: String, nonce: String?, detail: String?) {
        log.write(
            SidecarRecord(
                daemon: daemon, event: event, client: client.peer, target: target, nonce: nonce, detail: detail))
    }
}
