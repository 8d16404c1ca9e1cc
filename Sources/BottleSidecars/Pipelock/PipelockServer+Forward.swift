// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOCore
import Synchronization

extension PipelockServer {
    /// Fetches an absolute-form target, directly or, for a routed host, through egress.
    func forward(
        _ destination: HostPort, path: String, _ client: Connection, _ reader: ByteReader, _ head: RequestHead
    ) async {
        let framing: BodyFraming
        do {
            framing = try BodyFraming.ofRequest(head)
        } catch {
            await block(client, reader, head, error.status, error.reason)
            return
        }
        do {
            await policy.lookUpFirst(destination.host, resolver: resolver)
            try policy.screen(destination.host, by: .absolute)
        } catch {
            await block(client, reader, head, error)
            return
        }
        let isChained = isFromBundle(client) == false && settings.routes.httpRoute(to: destination) != nil
        let scanner: BodyScanner?
        do {
            scanner = try scan(
                path, head, framing, at: "http://\(destination.httpHost)", client,
                isInjected: isFromBundle(client) == true && settings.routes.httpRoute(to: destination) != nil)
        } catch {
            await requests.answer(error.status, "blocked: \(error.reason)\n", to: client, reader, method: head.method)
            return
        }
        let upstream: Connection?
        if isChained, case .literal(let egress) = settings.egress.host {
            requests.record(client, "forward", head, detail: "via egress")
            upstream = await dial([egress], port: settings.egress.port, client, reader, head)
        } else {
            let addresses: [IPAddress]
            do {
                addresses = try await policy.addresses(of: destination.host, by: .absolute, resolver: resolver)
            } catch {
                await block(client, reader, head, error)
                return
            }
            requests.record(client, "forward", head)
            upstream = await dial(addresses, port: destination.port, client, reader, head)
        }
        guard let upstream else { return }
        var fields = head.fields
        fields.removeHopByHop()
        fields.remove { $0.name == "host" }
        let redirect = Redirect()
        let exchange = Exchange(
            client: client, upstream: upstream, request: head,
            target: isChained ? "http://\(destination.httpHost)\(path)" : path, host: destination.httpHost,
            fields: fields, framing: framing, marker: .pipelock, isUpstreamOurs: isChained,
            scanner: scanner, recordRefusal: { requests.record(client, "blocked", head, detail: $0) },
            noteAnswer: { if settings.faults.contains(.follow) { redirect.note($0) } }, timeouts: settings.timeouts)
        if let problem = await exchange.run(reader), !problem.isRefusal {
            requests.record(client, "error", head, detail: problem.reason)
        }
        if let (target, path) = redirect.target { await follow(target, path: path) }
    }

    /// What the `follow` fault does with a redirect: asks for what it names, whatever that is, and tells nobody.
    private func follow(_ destination: HostPort, path: String) async {
        let addresses: [IPAddress]
        switch destination.host {
        case .literal(let address): addresses = [address]
        case .name(let name): addresses = (try? await resolver.addresses(of: name)) ?? []
        }
        guard let address = addresses.first,
            let upstream = try? await Connection.dial(
                address, port: destination.port, on: group, timeouts: settings.timeouts)
        else { return }
        let request = "GET \(path) HTTP/1.1\r\nHost: \(destination.httpHost)\r\nConnection: close\r\n\r\n"
        try? await upstream.wrapped.executeThenClose { inbound in
            try await upstream.write(ByteBuffer(string: request))
            for try await _ in inbound {}
        }
    }
}

/// Where the answer of an exchange sends its client, for a proxy that goes there itself.
private final class Redirect: Sendable {
    private let location = Mutex<String?>(nil)

    func note(_ head: ResponseHead) {
        guard (300...399).contains(head.status) else { return }
        location.withLock { $0 = head.fields.values("location").first }
    }

    var target: (HostPort, path: String)? {
        guard let text = location.withLock({ $0 }),
            case .absolute(let destination, let path)? = try? RequestTarget(text, method: "GET")
        else { return nil }
        return (destination, path)
    }
}
