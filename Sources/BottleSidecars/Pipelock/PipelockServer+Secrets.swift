// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

extension PipelockServer {
    /// Whether a client is one of the bundle's daemons; nil where nobody knows who it is.
    func isFromBundle(_ client: Connection) -> Bool? {
        client.peerAddress.map { peer in settings.bundleClients.contains { $0.contains(peer) } }
    }

    /// Looks for secrets in a request's first lines, and hands out what looks through its body.
    ///
    /// - Parameters:
    ///   - place: Scheme and host, for the log.
    ///   - isInjected: Whether egress has put a token on, which goes where it belongs.
    /// - Throws: 403, written down already.
    func scan(
        _ path: String, _ head: RequestHead, _ framing: BodyFraming, at place: String, _ client: Connection,
        isInjected: Bool
    ) throws(HTTPFailure) -> BodyScanner? {
        guard !settings.isOpen else { return nil }
        let secrets = settings.config.secrets
        let exempt: Set<String> = isInjected ? ["authorization"] : []
        if let problem = secrets.problem(path: path, fields: head.fields, exempt: exempt) {
            // A secret does not go into the log either.
            let target = problem.isInURL ? "\(place)/[a secret]" : place + path
            if settings.faults.contains(.warn) {
                requests.record(client, "warning", target, nonce: head.nonce, detail: problem.reason)
                return nil
            }
            requests.record(client, "blocked", target, nonce: head.nonce, detail: problem.reason)
            throw HTTPFailure(403, problem.reason)
        }
        // A body that is only warned of has gone by the time.
        if settings.faults.contains(.warn) { return nil }
        do throws(HTTPFailure) {
            return try secrets.scanner(for: head.fields, framing)
        } catch {
            requests.record(client, "blocked", place + path, nonce: head.nonce, detail: error.reason)
            throw error
        }
    }
}
