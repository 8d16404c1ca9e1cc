// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOCore

extension PipelockServer {
    /// Opens a tunnel: TLS ends here on both sides, and every request in it is judged.
    ///
    /// - Parameter addresses: Of the host, validated; nothing else is dialled as long as the tunnel lasts.
    func intercept(
        _ destination: HostPort, name: String, _ addresses: [IPAddress], _ tls: TunnelTLS, _ client: Connection,
        _ reader: ByteReader, _ head: RequestHead
    ) async {
        guard await OpenedTunnel.accept(client, reader, head, as: name, tls, requests) else { return }
        let opened = OpenedTunnel(
            client: client, host: destination.httpsHost, requests: requests, timeouts: settings.timeouts,
            judge: { inner throws(HTTPFailure) in try judge(inner, in: destination, client) },
            dial: { () async throws(HTTPFailure) in try await dial(addresses, port: destination.port) },
            establish: { upstream, _ throws(HTTPFailure) in
                try await tls.connect(upstream, name, settings.timeouts)
            })
        await opened.run(reader)
    }

    private func judge(
        _ head: RequestHead, in destination: HostPort, _ client: Connection
    ) throws(HTTPFailure) -> OpenedTunnel.Passed {
        let (path, framing): (String, BodyFraming)
        do throws(HTTPFailure) {
            path = try InnerRequest.path(
                of: head, in: destination, verifiesHost: !settings.faults.contains(.nosni))
            framing = try BodyFraming.ofRequest(head)
        } catch {
            requests.record(client, "blocked", head, detail: error.reason)
            throw error
        }
        let place = "https://\(destination.httpsHost)"
        let scanner = try scan(
            path, head, framing, at: place, client,
            isInjected: isFromBundle(client) == true && settings.routes.httpsRoute(to: destination) != nil)
        var fields = head.fields
        fields.removeHopByHop()
        fields.remove { $0.name == "host" }
        requests.record(client, "forward", place + path, nonce: head.nonce, detail: "intercepted")
        return OpenedTunnel.Passed(head: head, target: path, fields: fields, framing: framing, scanner: scanner)
    }

    private func dial(_ addresses: [IPAddress], port: UInt16) async throws(HTTPFailure) -> Connection {
        for address in addresses.prefix(3) {
            do {
                return try await Connection.dial(address, port: port, on: group, timeouts: settings.timeouts)
            } catch {
                continue
            }
        }
        throw HTTPFailure(502, "dial failed")
    }
}
