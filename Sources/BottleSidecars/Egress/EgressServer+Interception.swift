// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOCore
import Synchronization

extension EgressServer {
    /// Opens a tunnel that pipelock led here: what goes on from here is another tunnel, through pipelock.
    ///
    /// Credentials are taken off where one is put on. Towards a host without a route they are the client's own affair.
    func intercept(
        _ destination: HostPort, name: String, _ tls: TunnelTLS, _ client: Connection, _ reader: ByteReader,
        _ head: RequestHead
    ) async {
        requests.record(client, "tunnel", head)
        guard await OpenedTunnel.accept(client, reader, head, as: name, tls, requests) else { return }
        let wasAsked = Flag()
        let opened = OpenedTunnel(
            client: client, host: destination.httpsHost, requests: requests, timeouts: settings.timeouts,
            judge: { inner throws(HTTPFailure) in
                // Only a fault is content with the first one.
                let isTrusted = wasAsked.raise() && settings.faults.contains(.firstonly)
                return try judge(inner, in: destination, client, verifiesHost: !isTrusted)
            },
            dial: { () async throws(HTTPFailure) in try await dialProxy() },
            establish: { upstream, answers throws(HTTPFailure) in
                try await Self.openTunnel(to: destination, over: upstream, answers)
                try await tls.connect(upstream, name, settings.timeouts)
            })
        await opened.run(reader)
    }

    private func judge(
        _ head: RequestHead, in destination: HostPort, _ client: Connection, verifiesHost: Bool
    ) throws(HTTPFailure) -> OpenedTunnel.Passed {
        do throws(HTTPFailure) {
            let path = try InnerRequest.path(
                of: head, in: destination, verifiesHost: verifiesHost && !settings.faults.contains(.nosni))
            let framing = try BodyFraming.ofRequest(head)
            var fields = head.fields
            fields.removeHopByHop()
            fields.remove { $0.name == "host" }
            let route = settings.routes.httpsRoute(
                to: destination, bySuffix: settings.faults.contains(.suffixroute))
            if route != nil { strip(&fields) }
            let injection = try inject(route, into: &fields, of: head)
            requests.record(
                client, "request", "https://\(destination.httpsHost)\(path)", nonce: head.nonce,
                detail: injection.detail)
            return OpenedTunnel.Passed(
                head: head, target: path, fields: fields, framing: framing, filter: injection.filter)
        } catch {
            requests.record(client, error.status == 502 ? "error" : "blocked", head, detail: error.reason)
            throw error
        }
    }

    private func dialProxy() async throws(HTTPFailure) -> Connection {
        let problem = HTTPFailure(502, "the upstream proxy does not answer")
        guard case .literal(let proxy) = settings.upstreamProxy.host else { throw problem }
        do {
            return try await Connection.dial(
                proxy, port: settings.upstreamProxy.port, on: group, timeouts: settings.timeouts)
        } catch {
            throw problem
        }
    }

    /// Asks the upstream proxy for a tunnel.
    private static func openTunnel(
        to destination: HostPort, over upstream: Connection, _ answers: ByteReader
    ) async throws(HTTPFailure) {
        let head: ResponseHead
        do {
            try await upstream.write(
                ByteBuffer(string: "CONNECT \(destination) HTTP/1.1\r\nHost: \(destination)\r\n\r\n"))
            guard let bytes = try await answers.head(limit: 65536) else {
                throw HTTPFailure(502, "it closed without an answer")
            }
            head = try ResponseHead(bytes)
        } catch {
            throw HTTPFailure(502, "the upstream proxy broke off")
        }
        guard head.status == 200 else {
            // What the proxy refuses is refused, whoever asks it.
            let status = head.status == 403 ? 403 : 502
            throw HTTPFailure(status, "the upstream proxy refuses the tunnel with \(head.status)")
        }
        guard answers.unread.isEmpty else { throw HTTPFailure(502, "the upstream proxy speaks before TLS does") }
    }
}

/// Something that happens once.
private final class Flag: Sendable {
    private let isRaised = Mutex(false)

    /// Raises it, and says whether it was raised before.
    func raise() -> Bool {
        isRaised.withLock { raised in
            defer { raised = true }
            return raised
        }
    }
}
