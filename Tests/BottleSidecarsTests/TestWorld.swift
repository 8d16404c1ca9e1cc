// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOCore
import NIOPosix
import Synchronization

@testable import BottleSidecars

/// A name server, an origin, pipelock and egress on loopback, all in this process, for the length of one test.
///
/// The guest is 127.0.0.2, so that the proxy can tell it from egress (127.0.0.1).
struct TestWorld: Sendable {
    struct Options: Sendable {
        var mode = "strict"
        var allowlist = [
            "allowed.test", "*.wild.test", "routed.test", "loop.test", "bundle.test", "mixed.test", "gone.test",
        ]
        /// 127.0.0.1 is left out, because the origin lives there.
        var internalRanges = ["127.0.0.7/32", "10.0.0.0/8", "169.254.0.0/16"]
        var isOpen = false
        var faults: Set<Fault> = []
        var tokens = ["TOKEN": "real-token"]
        var idle = TimeAmount.seconds(20)
        /// Routes besides the plain one.
        var routes = ""
        /// Of pipelock and of egress; nil passes tunnels through unread.
        var pipelockTLS: TunnelTLS?
        var egressTLS: TunnelTLS?
        var passthrough: [String] = []
        /// Without them tunnels lead out directly.
        var hasRoutes = true
        /// Of the body scanner; none of the file where it is nil.
        var scanning: String? = #"{"action":"block","header_mode":"all"}"#
    }

    let origin: TestOrigin
    let nameServer: TestNameServer
    let pipelock: UInt16
    let egress: UInt16
    let log: TestLog

    static let zone: [String: [String]] = [
        "allowed.test": ["127.0.0.1"], "sub.wild.test": ["127.0.0.1"], "routed.test": ["127.0.0.1"],
        "denied.test": ["127.0.0.1"], "loop.test": ["127.0.0.7"], "bundle.test": ["127.0.0.9"],
        "mixed.test": ["127.0.0.1", "10.1.2.3"], "flip.test": ["127.0.0.1", "127.0.0.7"],
    ]

    static func run(
        _ change: (inout Options) -> Void = { _ in }, _ body: @escaping @Sendable (TestWorld) async throws -> Void
    ) async throws {
        var options = Options()
        change(&options)
        let group = MultiThreadedEventLoopGroup.singleton
        let origin = TestOrigin()
        let zone = TestNameServer(zone: Self.zone)
        let log = try TestLog()
        defer { log.close() }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let originPort = try await started(&tasks) { ready in try await origin.serve(ready: ready) }
            let dnsPort = try await started(&tasks) { ready in try await zone.serve(ready: ready) }
            let routes = try RouteTable(
                document: Array(
                    #"[{"host":"routed.test","scheme":"http","port":\#(originPort),"token_variable":"TOKEN"}\#(options.routes)]"#
                        .utf8), file: "routes")
            // Egress has to know the proxy's port and the proxy egress's: the proxy's is taken beforehand.
            let pipelockPort = try await freePort()
            let proxy = HostPort(host: .literal(.loopback), port: pipelockPort)
            var egressSettings = EgressServer.Settings(
                listen: HostPort(host: .literal(.loopback), port: try await freePort()), routes: routes,
                tokens: options.tokens.mapValues { Redacted($0) }, upstreamProxy: proxy)
            egressSettings.faults = options.faults
            egressSettings.tls = options.egressTLS
            let resolver = DNSResolver(
                server: try SocketAddress(ipAddress: "127.0.0.1", port: Int(dnsPort)), group: group)
            egressSettings.resolver = resolver
            let egressServer = EgressServer(settings: egressSettings, group: group, log: log.sink)
            let egressPort = try await started(&tasks) { ready in try await egressServer.run(ready: ready) }
            let config = try PipelockConfig(
                document: Array(
                    """
                    {"mode":"\(options.mode)","api_allowlist":\(options.allowlist),"internal":\(options.internalRanges),
                    "fetch_proxy":{"listen":"127.0.0.1:\(pipelockPort)"},"forward_proxy":{"enabled":true},
                    "tls_interception":{"enabled":false,"passthrough_domains":\(options.passthrough)}\(
                        options.scanning.map { #","request_body_scanning":\#($0)"# } ?? "")}
                    """.utf8), file: "pipelock")
            var settings = PipelockServer.Settings(
                config: config, egress: HostPort(host: .literal(.loopback), port: egressPort))
            if options.hasRoutes { settings.routes = routes }
            settings.tls = options.pipelockTLS
            settings.bundleAddress = IPAddress("127.0.0.9")
            settings.bundleClients = ["127.0.0.1/32"].compactMap { AddressRange($0) }
            settings.isOpen = options.isOpen
            settings.faults = options.faults
            settings.timeouts.idle = options.idle
            let server = PipelockServer(settings: settings, resolver: resolver, group: group, log: log.sink)
            _ = try await started(&tasks) { ready in try await server.run(ready: ready) }
            try await body(
                TestWorld(origin: origin, nameServer: zone, pipelock: pipelockPort, egress: egressPort, log: log))
            tasks.cancelAll()
        }
    }

    /// Runs a server as a child task and returns its port as soon as it is bound.
    static func started(
        _ tasks: inout ThrowingTaskGroup<Void, any Error>,
        _ serve: @escaping @Sendable (@escaping @Sendable (SocketAddress) -> Void) async throws -> Void
    ) async throws -> UInt16 {
        let (ports, port) = AsyncThrowingStream<UInt16, any Error>.makeStream()
        tasks.addTask {
            do {
                try await serve { port.yield(UInt16(truncatingIfNeeded: $0.port ?? 0)) }
            } catch is CancellationError {
                return
            } catch {
                port.finish(throwing: error)
            }
        }
        for try await number in ports { return number }
        throw BottleError(.launch, "a test server did not start")
    }

    private static let nextPort = Atomic(UInt16.random(in: 10000..<19000))

    /// A port nobody listens on, below the ephemeral range, so that no client's socket takes it before its server does.
    ///
    /// Found by dialling, not by binding: a socket that was bound here lives on in a child that is just being spawned.
    static func freePort() async throws -> UInt16 {
        for _ in 0..<200 {
            let port = nextPort.add(1, ordering: .relaxed).newValue
            let address = try SocketAddress(ipAddress: "127.0.0.1", port: Int(port))
            let dialled = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: address)
            guard let channel = try? await dialled.get() else { return port }
            try await channel.close().get()
        }
        throw BottleError(.io, "no free port")
    }

    /// Waits until something is so, at most 5 s.
    static func eventually(_ holds: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(5)
        while !holds(), ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Sends raw bytes from the guest's address and returns everything that comes back, at most 10 s later.
    func send(_ text: String, to port: UInt16? = nil, then more: [ByteBuffer] = [], halfClose: Bool = false)
        async throws
        -> String
    {
        let wrapped = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(to: SocketAddress(ipAddress: "127.0.0.2", port: 0))
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: Int(port ?? pipelock))) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection.wrap(channel, idle: .seconds(10)) }
            }
        let connection = Connection(wrapped: wrapped)
        return try await wrapped.executeThenClose { inbound in
            try await connection.write(ByteBuffer(string: text))
            for piece in more { try await connection.write(piece) }
            if halfClose { await connection.finish() }
            var received = ByteBuffer()
            for try await var piece in inbound { received.writeBuffer(&piece) }
            return String(buffer: received)
        }
    }

    /// `GET http://host:port/path` through the proxy.
    func get(_ host: String, path: String = "/", port: UInt16? = nil, fields: String = "") async throws -> String {
        let authority = "\(host):\(port ?? origin.port)"
        return try await send("GET http://\(authority)\(path) HTTP/1.1\r\nHost: \(authority)\r\n\(fields)\r\n")
    }

    /// CONNECT, with a request inside the tunnel.
    func connect(_ host: String, port: UInt16? = nil) async throws -> String {
        let authority = "\(host):\(port ?? origin.port)"
        return try await send(
            "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n\r\nGET /tunnel HTTP/1.1\r\nHost: x\r\n\r\n",
            halfClose: true)
    }
}

extension String {
    /// The status of an HTTP answer; 0 when it is none.
    var status: Int { hasPrefix("HTTP/1.1 ") ? Int(dropFirst(9).prefix(3)) ?? 0 : 0 }
    /// What follows the first empty line.
    var body: String {
        let parts = split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[1]) : ""
    }
}
