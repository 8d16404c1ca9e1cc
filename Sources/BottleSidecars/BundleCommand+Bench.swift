// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import NIOCore
import NIOPosix

/// What is no part of a bundle: an origin to reach through one, and a load to put on it.
extension BundleCommand {
    static func runOrigin(_ options: Options) async throws {
        guard options.values["--listen"] != nil else {
            throw BottleError(.usage, "origin needs --listen ADDRESS:PORT")
        }
        let listen = try options.address("--listen", default: HostPort(host: .literal(.loopback), port: 0))
        var settings = OriginServer.Settings(listen: listen)
        settings.secure = try originTLS(options)
        settings.connectionLimit = connectionLimit()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = OriginServer(
            settings: settings, group: group, log: LineSink(descriptor: 1, daemon: "origin"))
        try await EventLoopExecutor.run(on: group) { try await server.run() }
    }

    static func runLoad(_ options: Options) async throws {
        guard options.values["--connect"] != nil else { throw BottleError(.usage, "load needs --connect ADDRESS:PORT") }
        let address = try options.address("--connect", default: HostPort(host: .literal(.loopback), port: 0))
        var plan = LoadPlan(address: address, target: try options.target("--target"))
        plan.isProxy = options.flags.contains("--proxy")
        plan.isPlain = options.flags.contains("--plain")
        plan.path = options.values["--path"] ?? plan.path
        plan.connections = try options.number("--connections", in: 1...1000, default: plan.connections)
        plan.duration = .seconds(try options.number("--seconds", in: 1...600, default: 5))
        if let name = options.values["--mode"] {
            guard let mode = LoadPlan.Mode(rawValue: name) else {
                throw BottleError(.usage, "load: '\(name)' is no mode: give requests or tunnels")
            }
            plan.mode = mode
        }
        _ = SidecarSystem.raiseFileLimit()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let client = LoadClient(
            plan: plan, group: group, secure: plan.isPlain ? nil : try loadTLS(trust: options.values["--trust"]))
        print(try await EventLoopExecutor.run(on: group) { await client.run().json })
    }
}
