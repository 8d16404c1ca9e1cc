// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
package import BottleSystem
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The surroundings of bottles on an engine: documentation networks behind the engine's host, wired to it by a helper.
///
/// The helper is a container in the network of the engine's host. It hands sockets of that network, and of the "internet"
/// that it makes behind it, out to the harness, and everything it made goes with it. Packets of bottles cross the host's
/// forwarding as they would on their way to the real internet, and nothing of this leads there.
package final class EngineWorld: Sendable {
    /// Lends sockets of the engine's host and of the internet behind it.
    package let host: any NamespaceHost
    /// Whether the engine's host has IPv6.
    package let hasIPv6: Bool
    /// Why an address of `HostAliases` is not hosted here, by address.
    package let unsafe: [String: String]
    /// The helper's container: a process in it is on the engine's host as far as the network goes.
    package let container: String
    private let directory: String
    /// Held as long as the helper lives, so that no sweep takes it away.
    private let lease: Lease
    /// The engine's program that is attached to the helper.
    private let helper: any SpawnedProcess

    /// What the name of a world's directory begins with; every run on an engine has one from before its first container.
    private static let prefix = "world-"

    /// Whether a directory in that of all bottles is a world's.
    package static func isDirectory(_ path: String) -> Bool {
        path.split(separator: "/").last?.hasPrefix(prefix) ?? false
    }

    private init(
        host: any NamespaceHost, hasIPv6: Bool, unsafe: [String: String], container: String, directory: String,
        lease: Lease, helper: any SpawnedProcess
    ) {
        self.host = host
        self.hasIPv6 = hasIPv6
        self.unsafe = unsafe
        self.container = container
        self.directory = directory
        self.lease = lease
        self.helper = helper
    }

    /// Starts the helper and builds the geography of `WorldLayout` around the engine's host.
    ///
    /// - Parameters:
    ///   - tools: The image of the static executables, as `DockerImages.tools` makes it.
    ///   - stateRoot: The directory of all bottles, as `StateDirectory.make()` gives it; the helper's own is in it.
    /// - Throws: `.prerequisite` when the helper cannot be had, `.launch` when its wires cannot be made, for example
    ///   because another run has the same engine.
    package static func start(
        engine: EngineClient, tools: String, stateRoot: String
    ) async throws -> EngineWorld {
        #if os(Linux)
            let slug = "\(prefix)\(UInt64.random(in: 0...UInt64.max))"
            let names = DockerNames(slug: slug, owner: try DockerSweep.owner(stateRoot: stateRoot))
            let container = "claude-bottle_\(slug)"
            let directory = "\(stateRoot)/\(slug)"
            // The lease first: what is on the engine without one belongs to a dead run.
            let lease = try DirectoryLock.withLock(stateRoot) { () throws(BottleError) in
                try StateDirectory.make(directory)
                return try Lease.take(directory: directory)
            }
            do {
                let (launcher, helper) = try await startHelper(
                    engine, arguments(tools, container, names.labels, directory), directory)
                do {
                    let (hasIPv6, unsafe) = try await build(on: launcher)
                    return EngineWorld(
                        host: launcher, hasIPv6: hasIPv6, unsafe: unsafe, container: container, directory: directory,
                        lease: lease, helper: helper)
                } catch {
                    await launcher.stop()
                    await end(helper)
                    throw error
                }
            } catch {
                try? FileManager.default.removeItem(atPath: directory)
                throw error
            }
        #else
            throw BottleError(.unsupported, "Bottles in containers are launched from Linux only.")
        #endif
    }

    /// Ends the helper, and with it all that it made.
    package func stop() async {
        // The wires at once: the kernel would take its time, and their names are the next run's as well.
        try? await host.dropNetwork(WorldLayout.internet)
        await host.stop()
        await Self.end(helper)
        try? FileManager.default.removeItem(atPath: directory)
    }

    #if os(Linux)
        private static func startHelper(
            _ engine: EngineClient, _ arguments: [String], _ directory: String
        ) async throws -> (Launcher, any SpawnedProcess) {
            let action = "start the helper that holds the canaries"
            let said = Mutex("")
            let ended = Mutex(false)
            let process = try await engine.follow(action, arguments, stdin: []) { line in
                said.withLock { if $0.utf8.count < 4096 { $0 += String(decoding: line, as: UTF8.self) + "\n" } }
            } end: { _ in
                ended.withLock { $0 = true }
            }
            do {
                // An engine on an emulated machine takes twenty seconds for a container when the machine is busy.
                let launcher = try await Launcher.connect(
                    directory: directory, name: "socket", deadline: .seconds(60)
                ) {
                    !ended.withLock { $0 }
                }
                return (launcher, process)
            } catch {
                await process.kill()
                // Every engine whose kernel does not count swap begins with that; it explains nothing.
                let text = said.withLock { $0 }.split(separator: "\n").filter { !$0.hasPrefix("WARNING: ") }
                    .joined(separator: "\n")
                guard !text.isEmpty else { throw error }
                throw EngineFailure.of(text).error(action, engine: engine.name, said: text)
            }
        }
    #endif

    /// Waits until the engine has removed the helper, which ends by itself when nobody talks to it.
    private static func end(_ helper: any SpawnedProcess) async {
        // Awaited by this function; it only bounds the wait.
        let timer = Task {
            try await Task.sleep(for: .seconds(5))
            await helper.kill()
        }
        _ = try? await helper.wait()
        timer.cancel()
    }

    /// The helper's own network namespaces need SYS_ADMIN, their wires NET_ADMIN; its only way out of its container is
    /// the directory with the socket.
    static func arguments(
        _ tools: String, _ container: String, _ labels: [String], _ directory: String
    ) -> [String] {
        [
            "run", "--rm", "--name", container,
        ] + labels + [
            "--tmpfs", "/tmp:rw,nosuid,nodev,size=16m,mode=1777", "--network", "host", "--cap-drop", "ALL", "--cap-add",
            "NET_ADMIN", "--cap-add", "SYS_ADMIN",
            "--security-opt", "systempaths=unconfined", "--security-opt", "apparmor=unconfined", "--security-opt",
            "label=disable", "--log-driver", "none", "--pids-limit", "16", "--memory", "64m", "--volume",
            "\(directory):/channel", "--entrypoint", BundleCommands.launcher, tools, "serve", "/channel/socket",
        ]
    }

    /// What a killed run had made here goes a moment after its helper.
    private static func makeWire(_ host: any NamespaceHost, _ left: NetworkPort, _ right: NetworkPort) async throws {
        let end = ContinuousClock.now + .seconds(3)
        while true {
            do {
                return try await host.makeWire(left, right)
            } catch {
                guard ContinuousClock.now < end else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Unlike in a world of our own, no setting of the host is touched: the engine forwards already.
    private static func build(
        on host: any NamespaceHost
    ) async throws -> (hasIPv6: Bool, unsafe: [String: String]) {
        let uplink = NetworkPort(WorldLayout.host, "bottle-up0")
        let internet = NetworkPort(WorldLayout.internet, "eth0")
        let lan = NetworkPort(WorldLayout.host, "bottle-lan0")
        try await host.makeNetwork(WorldLayout.internet)
        do {
            try await makeWire(host, uplink, internet)
        } catch {
            throw BottleError(
                .launch,
                "The wire between the engine's host and the canaries could not be made; does another run use this engine? Wait for its end.",
                cause: error)
        }
        try await host.makeWire(lan, NetworkPort(WorldLayout.internet, "lan1"))
        try await host.addAddress("\(WorldLayout.uplinkAddress)/24", to: uplink)
        for address in [WorldLayout.nameServer] + WorldLayout.offHost {
            try await host.addAddress("\(address)/24", to: internet)
        }
        for address in [WorldLayout.lanAddress, WorldLayout.hostResolver] {
            try await host.addAddress("\(address)/24", to: lan)
        }
        try await host.addAddress("198.51.100.2/24", to: NetworkPort(WorldLayout.internet, "lan1"))
        try await host.addRoute(
            "10.77.0.0/16", in: WorldLayout.internet, interface: nil, via: WorldLayout.uplinkAddress)
        let unsafe = await HostAliases.host(on: host, lan)
        do {
            try await host.addAddress("\(WorldLayout.uplinkAddressV6)/64", to: uplink)
            for address in WorldLayout.offHostV6 { try await host.addAddress("\(address)/64", to: internet) }
            try await host.addAddress("\(WorldLayout.lanAddressV6)/64", to: lan)
            return (true, unsafe)
        } catch {
            return (false, unsafe)
        }
    }
}
