// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import CBottleShims
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The commands of the `bottle-bundle` executable.
package enum BundleCommand {
    private static let usage = """
        usage: bottle-bundle init                      (one JSON document on stdin)
               bottle-bundle pipelock --config FILE [--routes FILE] [--egress ADDRESS:PORT] [--bundle-address IP]
                                      [--resolver ADDRESS:PORT] [--trust FILE] [--open] [--fault NAME]...
               bottle-bundle egress   --listen ADDRESS:PORT [--routes FILE] [--ca-cert FILE --ca-key FILE]
                                      [--trust FILE] [--fault NAME]...
               bottle-bundle mint     DIRECTORY [NAME]         (writes ca.pem and ca-key.pem, and replaces neither)
               bottle-bundle origin   --listen ADDRESS:PORT [--host NAME --ca-cert FILE --ca-key FILE
                                      [--certificate good|expired|other-name|other-authority]]
               bottle-bundle load     --connect ADDRESS:PORT [--proxy] --target HOST:PORT [--plain | --trust FILE]
                                      [--mode requests|tunnels] [--path PATH] [--connections N] [--seconds N]
        """

    /// Runs the command of an argument vector and ends the process: 0, 1 for a failure, 64 for a wrong command line.
    package static func main(_ arguments: [String]) async -> Never {
        do {
            switch arguments.dropFirst().first {
            case "init" where arguments.count == 2:
                exit(try runInit())
            case "pipelock":
                sidecar_exit_on_termination()
                try await runPipelock(try Options(arguments.dropFirst(2), command: "pipelock"))
            case "egress":
                sidecar_exit_on_termination()
                try await runEgress(try Options(arguments.dropFirst(2), command: "egress"))
            case "mint" where (3...4).contains(arguments.count):
                try mint(in: arguments[2], name: arguments.count == 4 ? arguments[3] : "Bottle CA")
            case "origin":
                sidecar_exit_on_termination()
                try await runOrigin(try Options(arguments.dropFirst(2), command: "origin"))
            case "load":
                try await runLoad(try Options(arguments.dropFirst(2), command: "load"))
            case "help", "--help", "-h":
                print(usage)
                exit(0)
            default:
                throw BottleError(.usage, "no such command\n\(usage)")
            }
            exit(0)
        } catch {
            let failure = error as? BottleError
            InitProcess.complain(failure.map { "\($0)" } ?? "\(error)")
            exit(failure?.code == .usage ? 64 : 1)
        }
    }

    private static func runInit() throws(BottleError) -> Int32 {
        let document = try SidecarSystem.readToEnd(STDIN_FILENO, seconds: 10, limit: InitRequest.documentLimit)
        let request = try InitRequest(document: document)
        var process = try InitProcess(
            request: request, sink: LineSink(descriptor: STDOUT_FILENO, daemon: "init"))
        return process.run()
    }

    private static func runPipelock(_ options: Options) async throws {
        guard let file = options.values["--config"] else { throw BottleError(.usage, "pipelock needs --config FILE") }
        let config = try PipelockConfig(document: SidecarSystem.readFile(file), file: file)
        let egress = try options.address("--egress", default: HostPort(host: .literal(.loopback), port: 9099))
        var settings = PipelockServer.Settings(config: config, egress: egress)
        if let routes = options.values["--routes"] {
            settings.routes = try RouteTable(document: SidecarSystem.readFile(routes), file: routes)
        }
        if let text = options.values["--bundle-address"] {
            guard let address = IPAddress(text) else {
                throw BottleError(.usage, "--bundle-address: '\(text)' is no IP address")
            }
            settings.bundleAddress = address
        }
        if let authority = config.authority {
            settings.tls = try tls(
                authority, trust: options.values["--trust"], place: "\(file): tls_interception", faults: options.faults)
        }
        settings.isOpen = options.isOpen
        settings.faults = options.faults
        settings.connectionLimit = connectionLimit()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = PipelockServer(
            settings: settings, resolver: try resolver(options, group: group), group: group,
            log: LineSink(descriptor: STDOUT_FILENO, daemon: "pipelock"))
        try await EventLoopExecutor.run(on: group) { try await server.run() }
    }

    private static func runEgress(_ options: Options) async throws {
        guard options.values["--listen"] != nil else {
            throw BottleError(.usage, "egress needs --listen ADDRESS:PORT")
        }
        let routes =
            try options.values["--routes"].map { file throws(BottleError) in
                try RouteTable(document: SidecarSystem.readFile(file), file: file)
            } ?? RouteTable()
        let listen = try options.address("--listen", default: HostPort(host: .literal(.loopback), port: 9099))
        guard let value = environmentValue("EGRESS_UPSTREAM_PROXY"), let proxy = EgressServer.proxy(value) else {
            throw BottleError(.input, "EGRESS_UPSTREAM_PROXY must be set to http://ADDRESS:PORT")
        }
        var tokens: [String: Redacted<String>] = [:]
        for route in routes.routes {
            let name = route.tokenVariable
            guard let value = environmentValue(name), !value.isEmpty else {
                // Every request of the route would be refused later, and nobody would know why.
                if options.faults.contains(.tokenless) { continue }
                throw BottleError(
                    .input, "\(name): the token for \(route.destination.host) is not set: give the launch a value of it"
                )
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
                throw BottleError(.input, "\(name): the value cannot stand in a header")
            }
            tokens[name] = Redacted(value)
        }
        var settings = EgressServer.Settings(listen: listen, routes: routes, tokens: tokens, upstreamProxy: proxy)
        settings.tls = try egressTLS(options)
        settings.faults = options.faults
        settings.connectionLimit = connectionLimit()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        if options.faults.contains(.direct) {
            settings.resolver = try resolver(options, group: group)
        } else if options.values["--resolver"] != nil {
            throw BottleError(.usage, "egress: --resolver is of use to nobody: egress resolves no name")
        }
        let server = EgressServer(
            settings: settings, group: group, log: LineSink(descriptor: STDOUT_FILENO, daemon: "egress"))
        try await EventLoopExecutor.run(on: group) { try await server.run() }
    }

    /// Both halves of a CA, or none: then egress opens no tunnel.
    private static func egressTLS(_ options: Options) throws(BottleError) -> TunnelTLS? {
        switch (options.values["--ca-cert"], options.values["--ca-key"]) {
        case (let certificate?, let key?):
            let files = CertificateFiles(certificate: certificate, key: key)
            return try tls(files, trust: options.values["--trust"], place: "--ca-cert", faults: options.faults)
        case (nil, nil): return nil
        default: throw BottleError(.usage, "egress: --ca-cert and --ca-key go together: give both halves of the CA")
        }
    }

    private static func resolver(_ options: Options, group: any EventLoopGroup) throws -> any HostResolver {
        if options.values["--resolver"] != nil {
            let server = try options.address("--resolver", default: HostPort(host: .literal(.loopback), port: 53))
            guard case .literal(let address) = server.host else { return NoResolver() }
            return DNSResolver(
                server: try SocketAddress(ipAddress: address.description, port: Int(server.port)), group: group)
        }
        // Without a name server every name fails to resolve, and that is a denial.
        guard let text = try? SidecarSystem.readFile("/etc/resolv.conf"),
            let server = DNSResolver.server(inResolvConf: String(decoding: text, as: UTF8.self))
        else { return NoResolver() }
        return DNSResolver(server: server, group: group)
    }

    /// Three descriptors a client (itself, its upstream, a DNS socket) must fit into the limit on open files.
    static func connectionLimit() -> Int { min(1024, max(16, (SidecarSystem.raiseFileLimit() - 64) / 3)) }

    private static func environmentValue(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// A resolver without a server.
private struct NoResolver: HostResolver {
    func addresses(of name: String) async throws -> [IPAddress] {
        throw BottleError(.prerequisite, "/etc/resolv.conf names no usable name server")
    }
}
