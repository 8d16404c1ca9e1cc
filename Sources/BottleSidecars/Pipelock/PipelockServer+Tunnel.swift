// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
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
            await policy.lookUpFirst(destination.host, resolver: resolver)
            try policy.screen(destination.host, by: .connect)
            addresses = try await policy.addresses(of: destination.host, by: .connect, resolver: resolver)
        } catch {
            await block(client, reader, head, error)
            return
        }
        let tls = settings.faults.contains(.passthrough) ? nil : settings.tls
        if tls != nil, isFromBundle(client) == false, !settings.routes.routes.isEmpty {
            requests.record(client, "tunnel", head, detail: "via egress")
            await chain(destination, client, reader, head)
            return
        }
        if let tls, case .name(let name) = destination.host, !settings.config.passthrough.matches(name) {
            requests.record(client, "tunnel", head)
            await intercept(destination, name: name, addresses, tls, client, reader, head)
            return
        }
        let isUnread = tls != nil || settings.routes.httpsRoute(to: destination) != nil
        requests.record(client, "tunnel", head, detail: isUnread ? "no interception" : nil)
        guard let upstream = await dial(addresses, port: destination.port, client, reader, head) else { return }
        do {
            try await client.write(ByteBuffer(string: "HTTP/1.1 200 Connection Established\r\n\r\n"))
        } catch {
            // The client is gone; the tunnel below notices at once and closes the upstream.
            client.abort()
        }
        var tunnel = Tunnel(client: client, upstream: upstream, timeouts: settings.timeouts)
        if case .name(let name) = destination.host, settings.config.verifiesServerNames, !settings.isOpen {
            tunnel.screen = TunnelScreen(name: name, requiresTLS: tls != nil)
            tunnel.refused = { requests.record(client, "blocked", head, detail: $0) }
        }
        await tunnel.run(reader)
    }

    /// Leads a tunnel to egress, which opens it: in a bottle with routes the guest knows egress's CA and no other.
    private func chain(
        _ destination: HostPort, _ client: Connection, _ reader: ByteReader, _ head: RequestHead
    ) async {
        guard case .literal(let egress) = settings.egress.host,
            let upstream = await dial([egress], port: settings.egress.port, client, reader, head)
        else { return }
        do {
            try await upstream.write(
                ByteBuffer(string: "CONNECT \(destination) HTTP/1.1\r\nHost: \(destination)\r\n\r\n"))
        } catch {
            // Noticed below at once: a connection that is gone relays nothing.
            upstream.abort()
        }
        // Egress says itself whether the tunnel is open, and the client hears it as it is.
        await Tunnel(client: client, upstream: upstream, timeouts: settings.timeouts).run(reader)
    }
}
