// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

extension PipelockServer {
    /// Opens a tunnel to a CONNECT authority.
    func tunnel(_ destination: HostPort, _ client: Connection, _ reader: ByteReader, _ head: RequestHead) async {
        // A body on CONNECT means nothing to one parser and the tunnel's first bytes to another.
        guard head.fields.values("transfer-encoding").isEmpty,
            head.fields.values("content-length").allSatisfy({ $0 == "0" })
        else {
            await block(client, reader, head, 400, "CONNECT with a body")
            return
        }
        let addresses: [IPAddress]
        do {
            try policy.screen(destination.host, by: .connect)
            addresses = try await policy.addresses(of: destination.host, by: .connect, resolver: resolver)
        } catch {
            await block(client, reader, head, 403, error.reason)
            return
        }
        let isRouted = settings.routes.httpsRoute(to: destination) != nil
        requests.record(client, "tunnel", head, detail: isRouted ? "no interception" : nil)
        guard let upstream = await dial(addresses, port: destination.port, client, reader, head) else { return }
        do {
            try await client.write(ByteBuffer(string: "HTTP/1.1 200 Connection Established\r\n\r\n"))
        } catch {
            // The client is gone; the tunnel below notices at once and closes the upstream.
            client.abort()
        }
        await Tunnel(client: client, upstream: upstream, timeouts: settings.timeouts).run(reader)
    }
}
