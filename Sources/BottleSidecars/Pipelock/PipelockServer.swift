// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore
package import NIOCore
import NIOPosix
import Synchronization

/// The reference pipelock: an allowlisting HTTP proxy for the guest.
package struct PipelockServer: Sendable {
    /// Everything that is decided before the first connection.
    package struct Settings: Sendable {
        package var config: PipelockConfig
        package var routes = RouteTable()
        /// Where requests for routed hosts go.
        package var egress: HostPort
        package var bundleAddress: IPAddress?
        /// Clients inside the bundle: what they send is never chained to egress, or it would go round for ever.
        package var bundleClients = ["127.0.0.0/8", "::1/128"].compactMap { AddressRange($0) }
        package var isOpen = false
        /// Opens tunnels; nil passes them through unread.
        package var tls: TunnelTLS?
        package var faults: Set<Fault> = []
        package var connectionLimit = 1024
        package var timeouts = SidecarTimeouts()

        package init(config: PipelockConfig, egress: HostPort) {
            self.config = config
            self.egress = egress
            timeouts.idle = .seconds(Int64(config.idleTimeoutSeconds))
            timeouts.tunnel = .seconds(Int64(config.maxTunnelSeconds))
        }
    }

    let settings: Settings
    let resolver: any HostResolver
    let group: any EventLoopGroup
    let log: LineSink
    let policy: Policy
    let requests: RequestReader
    private let start = ContinuousClock.now

    package init(settings: Settings, resolver: any HostResolver, group: any EventLoopGroup, log: LineSink) {
        self.settings = settings
        self.resolver = resolver
        self.group = group
        self.log = log
        policy = Policy(
            config: settings.config, own: Set([settings.bundleAddress].compactMap { $0 }), isOpen: settings.isOpen,
            faults: settings.faults)
        requests = RequestReader(daemon: "pipelock", marker: .pipelock, log: log, timeouts: settings.timeouts)
    }

    /// Serves until cancelled; `ready` gets the bound address. Throws `.io` when it cannot listen.
    package func run(ready: (SocketAddress) -> Void = { _ in }) async throws {
        try await withThrowingTaskGroup { group in
            for (fault, port) in Self.undeclared where settings.faults.contains(fault) {
                group.addTask { try await listen(port) { _ in } }
            }
            try await listen(settings.config.listenPort) { address in
                announce(address)
                ready(address)
            }
            group.cancelAll()
        }
    }

    /// What faults open: the ports on which daemons of this kind have their metrics and their debugging by default.
    private static let undeclared: [Fault: UInt16] = [.extraport: 9090, .anyport: 6060]

    private func listen(_ port: UInt16, ready: (SocketAddress) -> Void) async throws {
        let server = StreamServer(
            group: group,
            address: try SocketAddress(ipAddress: settings.config.listenHost.description, port: Int(port)),
            limit: settings.connectionLimit, timeouts: settings.timeouts)
        try await server.run(
            ready: ready, refused: { log.refuse($0.peer, of: "pipelock", limit: settings.connectionLimit) },
            serve: { client, reader in await serve(client, reader) }
        )
    }

    private func announce(_ address: SocketAddress) {
        log.announce(settings.faults, of: "pipelock")
        var notes = ["mode \(settings.config.mode.rawValue)"]
        if settings.isOpen { notes.append("open: nothing is filtered") }
        if settings.config.isAllowlistEnforced, settings.config.allowlist.isEmpty {
            notes.append("the allowlist is empty: every host is denied")
        }
        if !settings.config.unavailable.isEmpty {
            notes.append("not offered by this reference: \(settings.config.unavailable.joined(separator: ", "))")
        }
        log.write(
            SidecarRecord(
                daemon: "pipelock", event: "started", target: "\(address.ipAddress ?? ""):\(address.port ?? 0)",
                detail: notes.joined(separator: "; ")))
    }

    private func serve(_ client: Connection, _ reader: ByteReader) async {
        if settings.faults.contains(.tcpsink) { return }
        guard let head = await requests.request(from: client, reader) else { return }
        let target: RequestTarget
        do {
            target = try RequestTarget(head.target, method: head.method)
        } catch {
            switch error {
            case .malformed(let reason): await block(client, reader, head, 400, reason)
            case .badHost: await block(client, reader, head, 403, "not a valid host: \(head.target)")
            }
            return
        }
        switch target {
        case .origin(let path):
            await serveOrigin(path, client, reader, head)
        case .absolute, .authority:
            guard head.fields.values("upgrade").isEmpty else {
                await block(client, reader, head, 400, "protocol upgrades are not proxied")
                return
            }
            guard settings.config.isForwardProxy else {
                await block(client, reader, head, 405, "forward_proxy is not enabled")
                return
            }
            if case .absolute(let destination, let path) = target {
                await forward(destination, path: path, client, reader, head)
            } else if case .authority(let destination) = target {
                await tunnel(destination, client, reader, head)
            }
        }
    }

    /// Records a refusal, then sends it.
    func block(
        _ client: Connection, _ reader: ByteReader, _ head: RequestHead, _ status: Int, _ reason: String
    ) async {
        requests.record(client, "blocked", head, detail: reason)
        let prefix = head.method == "CONNECT" ? "CONNECT blocked: " : "blocked: "
        await requests.answer(status, prefix + reason + "\n", to: client, reader, method: head.method)
    }

    /// Records what the policy says against a host, then sends it.
    func block(_ client: Connection, _ reader: ByteReader, _ head: RequestHead, _ denial: Policy.Denial) async {
        let target = denial.isSecret ? "[a secret]" : head.target
        requests.record(client, "blocked", target, nonce: head.nonce, detail: denial.reason)
        let prefix = head.method == "CONNECT" ? "CONNECT blocked: " : "blocked: "
        await requests.answer(403, prefix + denial.reason + "\n", to: client, reader, method: head.method)
    }

    /// Dials the validated addresses in order; records and answers a failure of all of them.
    func dial(
        _ addresses: [IPAddress], port: UInt16, _ client: Connection, _ reader: ByteReader, _ head: RequestHead
    ) async -> Connection? {
        for address in addresses.prefix(3) {
            do {
                return try await Connection.dial(address, port: port, on: group, timeouts: settings.timeouts)
            } catch {
                requests.record(client, "error", head, detail: "dialling \(address) port \(port) failed")
            }
        }
        let text = head.method == "CONNECT" ? "tunnel dial failed\n" : "dial failed\n"
        await requests.answer(502, text, to: client, reader, method: head.method)
        return nil
    }

    /// Whole seconds since the server was made.
    var uptimeSeconds: Int64 { (ContinuousClock.now - start).components.seconds }
}
