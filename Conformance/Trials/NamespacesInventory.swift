// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleBackends
    import BottleCore
    package import BottleSystem
    import ConformanceEngine
    import Glibc

    /// What there is in a world of namespaces: nobody else has a part in it, so that all of it counts.
    package struct NamespacesInventory: TrialInventory {
        private let host: any NamespaceHost

        package init(host: any NamespaceHost) { self.host = host }

        package let isCostly = false

        package func take(_ mark: TrialMark) async throws -> Set<Remnant> {
            let world = try world()
            let holdings = try await host.holdings()
            var found = files(mark)
            found.formUnion(ProcessTree.descendants(of: world).map { Remnant(.process, "\($0.pid) \($0.command)") })
            found.formUnion(holdings.networks.map { Remnant(.network, $0) })
            found.formUnion(holdings.sandboxes.map { Remnant(.sandbox, $0) })
            found.formUnion(WorldTables.links(try text(world, "net/dev")).map { Remnant(.link, $0) })
            found.formUnion(WorldTables.mounts(try text(world, "mountinfo")).map { Remnant(.mount, $0) })
            found.formUnion(WorldTables.listeners(try text(world, "net/unix")).map { Remnant(.socket, $0) })
            for table in ["tcp", "tcp6", "udp", "udp6"] {
                // A kernel without IPv6 has no such tables.
                guard let text = try? text(world, "net/\(table)") else { continue }
                found.formUnion(SocketTable.listeners(table, text).map { Remnant(.socket, $0) })
            }
            return found
        }

        private func world() throws(BottleError) -> Int32 {
            guard let process = host.processID else {
                throw BottleError(.transport, "The world of the trial has ended, so there is nothing to take stock of.")
            }
            return process
        }

        /// A table of the world as the kernel shows it here.
        private func text(_ world: Int32, _ name: String) throws(BottleError) -> String {
            guard let bytes = SmallFile.read("/proc/\(world)/\(name)", limit: 8 << 20) else {
                throw .io("read /proc/\(world)/\(name)", errno)
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        package func plant(
            _ mark: TrialMark
        ) async throws -> (planted: Set<Remnant>, remove: @Sendable () async throws -> Void) {
            let (files, removeFiles) = try plantFiles(mark)
            let socket: PlantedSocket
            let process: TrialPlant
            do {
                socket = try await PlantedSocket.listen(on: host)
                do {
                    process = try await TrialPlant.start(mark.planted) { [host] in try await host.spawn($0, in: nil) }
                } catch {
                    socket.close()
                    throw error
                }
            } catch {
                removeFiles()
                throw error
            }
            let removeOwn: @Sendable () async -> Void = {
                await process.end()
                socket.close()
                removeFiles()
            }
            do {
                let (rest, removeRest) = try await plantInWorld(mark)
                let pids = ProcessTree.descendants(of: try world()).filter { $0.command.hasSuffix(mark.planted) }
                let own = [
                    Remnant(.socket, socket.name),
                    // One that was not found is one that the inventory will not see.
                    Remnant(.process, pids.first.map { "\($0.pid) \($0.command)" } ?? mark.planted),
                ]
                return (
                    files.union(rest).union(own),
                    {
                        await removeOwn()
                        try await removeRest()
                    }
                )
            } catch {
                await removeOwn()
                throw error
            }
        }

        /// What the launcher holds; where this fails half way the rest is removed by its name.
        private func plantInWorld(
            _ mark: TrialMark
        ) async throws -> (planted: Set<Remnant>, remove: @Sendable () async throws -> Void) {
            let link = NetworkPort(WorldLayout.host, "planted0")
            try await host.makeNetwork(mark.planted)
            try await host.makeWire(link, NetworkPort(mark.planted, "eth0"))
            _ = try await host.makeSandbox(
                SandboxSpec(
                    name: mark.planted, network: mark.planted, hostname: "planted", entries: [],
                    uid: Contract.agentUID))
            let place = try mountPlace()
            try await run(["mount", "--rbind", place, place], "plant a mount")
            return (
                [
                    Remnant(.network, mark.planted), Remnant(.link, link.interface), Remnant(.sandbox, mark.planted),
                    Remnant(.mount, place),
                ],
                {
                    try await run(["umount", "-l", place], "take a planted mount away")
                    try await host.destroySandbox(mark.planted)
                    try await host.dropNetwork(mark.planted)
                }
            )
        }

        /// A directory that is no mount point yet; mounted onto itself it stays what it is for everybody.
        private func mountPlace() throws(BottleError) -> String {
            let taken = Set(WorldTables.mounts(try text(try world(), "mountinfo")))
            let place = ["/usr/share", "/usr/lib", "/var", "/etc"].first { path in
                var status = stat()
                return !taken.contains(path) && lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            }
            guard let place else { throw BottleError(.io, "There is no directory that a mount could be planted at.") }
            return place
        }

        /// Runs a program of the machine's as the world's root.
        private func run(_ argv: [String], _ action: String) async throws {
            let output = try await ProcessIO.run(
                host: host, sandbox: nil, argv: ["/bin/sh", "-c", #"exec "$@""#, "sh"] + argv,
                environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], deadline: .seconds(10), limit: 4096)
            guard output.ending == .exited(0) else {
                let said = Quoted(String(decoding: output.stderr, as: UTF8.self), limit: 200)
                throw BottleError(.io, "The harness could not \(action) (\(output.ending)): \(said).")
            }
        }

        /// The guest, with every process in it.
        package func takePart(of slug: String, _ mark: TrialMark) async throws {
            let all = try await host.holdings().sandboxes.filter { $0.contains(slug) }
            guard let sandbox = all.first(where: { $0.contains("guest") }) ?? all.first else {
                throw BottleError(.notFound, "There is no sandbox of bottle \(slug) to take away.")
            }
            try await host.destroySandbox(sandbox)
        }

        /// Sandboxes with their processes and networks with their wires; what else there is goes with the world.
        package func remove(_ remnants: Set<Remnant>, _ mark: TrialMark) async throws {
            for remnant in remnants where remnant.kind == .sandbox { try await host.destroySandbox(remnant.name) }
            for remnant in remnants where remnant.kind == .network { try await host.dropNetwork(remnant.name) }
        }
    }

    /// A listening socket of the world's host that the harness holds.
    private struct PlantedSocket: Sendable {
        let name: String
        private let descriptor: Int32

        static func listen(on host: any NamespaceHost) async throws -> PlantedSocket {
            let descriptor = try await host.socket(in: WorldLayout.host, family: .ipv4, type: .stream)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0 && Glibc.listen(descriptor, 1) == 0
                        && getsockname(descriptor, address, &length) == 0
                }
            }
            guard result else {
                let code = errno
                Glibc.close(descriptor)
                throw BottleError.io("plant a socket", code)
            }
            return PlantedSocket(
                name: "tcp 127.0.0.1:\(in_port_t(bigEndian: address.sin_port))", descriptor: descriptor)
        }

        func close() { Glibc.close(descriptor) }
    }
#endif
