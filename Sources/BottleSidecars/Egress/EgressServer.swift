// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import NIOCore
import NIOPosix

/// The reference egress: takes credentials off every request and puts a route's token onto its own requests, and out of
/// what comes back for them.
///
/// It never dials out itself: everything goes to one upstream proxy.
package struct EgressServer: Sendable {
    /// Everything that is decided before the first connection.
    package struct Settings: Sendable {
        package var listen: HostPort
        package var routes: RouteTable
        /// Tokens by the name of their variable.
        package var tokens: [String: Redacted<String>]
        package var upstreamProxy: HostPort
        /// Opens tunnels; nil refuses them.
        package var tls: TunnelTLS?
        package var faults: Set<Fault> = []
        /// Of the `direct` fault, which dials by itself; nobody else asks it.
        package var resolver: (any HostResolver)?
        package var connectionLimit = 1024
        package var timeouts = SidecarTimeouts()

        package init(
            listen: HostPort, routes: RouteTable, tokens: [String: Redacted<String>], upstreamProxy: HostPort
        ) {
            self.listen = listen
            self.routes = routes
            self.tokens = tokens
            self.upstreamProxy = upstreamProxy
        }
    }

    let settings: Settings
    let group: any EventLoopGroup
    private let log: LineSink
    let requests: RequestReader
    /// By the name of the token's variable.
    private let filters: [String: TokenFilter]
    private static let credentials: Set<String> = [
        "authorization", "proxy-authorization", "x-api-key", "api-key", "apikey", "x-goog-api-key", "x-auth-token",
        "x-access-token", "x-amz-security-token", "private-token", "cookie",
    ]

    package init(settings: Settings, group: any EventLoopGroup, log: LineSink) {
        self.settings = settings
        self.group = group
        self.log = log
        filters = settings.tokens.mapValues { TokenFilter($0) }
        requests = RequestReader(daemon: "egress", marker: .egress, log: log, timeouts: settings.timeouts)
    }

    /// The proxy that a value of `EGRESS_UPSTREAM_PROXY` names: `http://ADDRESS:PORT` only; nil for anything else.
    package static func proxy(_ value: String) -> HostPort? {
        guard case .absolute(let proxy, path: "/") = try? RequestTarget(value, method: "GET"),
            case .literal = proxy.host
        else { return nil }
        return proxy
    }

    /// Serves until cancelled; `ready` gets the bound address. Throws `.io` when it cannot listen.
    package func run(ready: (SocketAddress) -> Void = { _ in }) async throws {
        guard case .literal(var host) = settings.listen.host, case .literal = settings.upstreamProxy.host else {
            throw BottleError(.usage, "egress listens on and sends to IP addresses only")
        }
        if settings.faults.contains(.egress0000) { host = .any }
        let server = StreamServer(
            group: group, address: try SocketAddress(ipAddress: host.description, port: Int(settings.listen.port)),
            limit: settings.connectionLimit, timeouts: settings.timeouts)
        try await server.run(
            ready: { address in
                announce(address)
                ready(address)
            },
            refused: { log.refuse($0.peer, of: "egress", limit: settings.connectionLimit) },
            serve: { client, reader in await serve(client, reader) }
        )
    }

    private func announce(_ address: SocketAddress) {
        log.announce(settings.faults, of: "egress")
        log.write(
            SidecarRecord(
                daemon: "egress", event: "started", target: "\(address.ipAddress ?? ""):\(address.port ?? 0)",
                detail: "\(settings.routes.routes.count) routes"))
    }

    private func serve(_ client: Connection, _ reader: ByteReader) async {
        guard let head = await requests.request(from: client, reader) else { return }
        let destination: HostPort
        let path: String
        let framing: BodyFraming
        do {
            switch try RequestTarget(head.target, method: head.method) {
            case .origin:
                requests.record(client, "request", head, detail: "no such path")
                await requests.answer(404, "404 page not found\n", to: client, reader, method: head.method)
                return
            case .authority(let authority):
                guard let tls = settings.tls, case .name(let name) = authority.host else {
                    await refuse(405, "egress takes absolute-form requests only", client, reader, head)
                    return
                }
                await intercept(authority, name: name, tls, client, reader, head)
                return
            case .absolute(let authority, let rest):
                destination = authority
                path = rest
            }
            framing = try BodyFraming.ofRequest(head)
        } catch let failure as HTTPFailure {
            await refuse(failure.status, failure.reason, client, reader, head)
            return
        } catch {
            await refuse(400, "the target cannot be used", client, reader, head)
            return
        }
        await forward(destination, path: path, framing, client, reader, head)
    }

    private func forward(
        _ destination: HostPort, path: String, _ framing: BodyFraming, _ client: Connection, _ reader: ByteReader,
        _ head: RequestHead
    ) async {
        var fields = head.fields
        fields.removeHopByHop()
        fields.remove { $0.name == "host" }
        strip(&fields)
        let injection: Injection
        do throws(HTTPFailure) {
            injection = try inject(settings.routes.httpRoute(to: destination), into: &fields, of: head)
        } catch {
            await refuse(error.status, error.reason, client, reader, head)
            return
        }
        requests.record(client, "request", head, detail: injection.detail)
        guard case .literal(let proxy) = settings.upstreamProxy.host else { return }
        let direct = await directAddress(of: destination.host)
        let upstream: Connection
        do {
            upstream = try await Connection.dial(
                direct ?? proxy, port: direct == nil ? settings.upstreamProxy.port : destination.port, on: group,
                timeouts: settings.timeouts)
        } catch {
            await refuse(502, "the upstream proxy does not answer", client, reader, head)
            return
        }
        let exchange = Exchange(
            client: client, upstream: upstream, request: head,
            target: direct == nil ? "http://\(destination.httpHost)\(path)" : path,
            host: destination.httpHost, fields: fields, framing: framing, marker: .egress, filter: injection.filter,
            timeouts: settings.timeouts)
        if let problem = await exchange.run(reader), !problem.isRefusal {
            requests.record(client, "error", head, detail: problem.reason)
        }
    }

    /// What only the `direct` fault wants to know.
    private func directAddress(of host: HostSpec) async -> IPAddress? {
        guard settings.faults.contains(.direct) else { return nil }
        switch host {
        case .literal(let address): return address
        case .name(let name): return try? await settings.resolver?.addresses(of: name).first
        }
    }

    /// Takes every credential off that a client sent.
    func strip(_ fields: inout HeaderFields) {
        guard !settings.faults.contains(.nostrip) else { return }
        fields.remove { Self.credentials.contains($0.name) }
    }

    /// What was done about a route.
    struct Injection: Sendable {
        /// For the log.
        let detail: String
        /// Takes the token out of the answer; nil where none was put on.
        var filter: TokenFilter?
    }

    /// Puts a route's token on, and sees to it that it does not come back.
    ///
    /// - Throws: 502 where the token is not set: without it a request would arrive with no credential or the wrong one; 405
    ///   for a method whose answer is the request.
    func inject(
        _ route: RouteTable.Route?, into fields: inout HeaderFields, of head: RequestHead
    ) throws(HTTPFailure) -> Injection {
        guard let route else { return Injection(detail: "no route") }
        if settings.faults.contains(.noinject) { return Injection(detail: "route, not injected") }
        guard let token = settings.tokens[route.tokenVariable], !token.exposed.isEmpty else {
            throw HTTPFailure(502, "the token \(route.tokenVariable) is not set")
        }
        let isFiltered = !settings.faults.contains(.noredact)
        if isFiltered {
            // Names of methods have a case, and servers that do not care.
            guard !["TRACE", "TRACK"].contains(head.method.uppercased()) else {
                throw HTTPFailure(405, "\(head.method) would bring the token back")
            }
            fields.remove { $0.name == "accept-encoding" }
            fields.append("Accept-Encoding", "identity".utf8)
        }
        fields.append("Authorization", "Bearer \(token.exposed)".utf8)
        return Injection(detail: "route, injected", filter: isFiltered ? filters[route.tokenVariable] : nil)
    }

    private func refuse(
        _ status: Int, _ reason: String, _ client: Connection, _ reader: ByteReader, _ head: RequestHead
    ) async {
        requests.record(client, status == 502 ? "error" : "blocked", head, detail: reason)
        await requests.answer(status, reason + "\n", to: client, reader, method: head.method)
    }
}
