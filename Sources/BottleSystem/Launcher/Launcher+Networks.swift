// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import Glibc

    extension Launcher {
        package func makeNetwork(_ name: String) async throws { try await change(.makeNetwork, [name.bytes]) }

        package func dropNetwork(_ name: String) async throws { try await change(.dropNetwork, [name.bytes]) }

        package func makeWire(_ left: NetworkPort, _ right: NetworkPort) async throws {
            try await change(
                .makeWire, [left.network, left.interface, right.network, right.interface].map(\.bytes))
        }

        package func addAddress(_ cidr: String, to port: NetworkPort) async throws {
            try await change(
                .addAddress, [port.network.bytes, port.interface.bytes, try AddressBytes.prefix(cidr)])
            try await waitUntilLocal(cidr, in: port.network)
        }

        /// The kernel takes an IPv6 address at once and makes its local route a moment later; until then a connection to
        /// it would leave over the link and wait for a neighbour that does not exist. Link-local ones have no such route.
        private func waitUntilLocal(_ cidr: String, in network: String) async throws {
            let address = String(cidr.prefix { $0 != "/" })
            guard address.contains(":"), !address.hasPrefix("fe80:") else { return }
            let deadline = ContinuousClock.now + .seconds(5)
            while try await !isLocal(address, in: network) {
                guard ContinuousClock.now < deadline else {
                    throw BottleError(.timeout, "The address \(cidr) in \(network) did not become usable within 5 s.")
                }
                try await Task.sleep(for: .microseconds(200))
            }
        }

        private func isLocal(_ address: String, in network: String) async throws -> Bool {
            do {
                return try await interface(to: address, in: network) == "lo"
            } catch let error as BottleError where error.code == .notFound {
                return false
            }
        }

        package func addRoute(_ cidr: String, in network: String, interface: String?, via: String?) async throws {
            guard interface != nil || via != nil else {
                throw BottleError(.input, "The route to \(cidr) in \(network) needs an interface or a gateway.")
            }
            try await change(
                .addRoute,
                [
                    network.bytes, try AddressBytes.prefix(cidr), (interface ?? "").bytes,
                    try via.map { try AddressBytes.address($0) } ?? [],
                ])
        }

        package func narrowLoopback(in network: String) async throws {
            try await change(.narrowLoopback, [network.bytes])
        }

        package func setDevice(_ port: NetworkPort, forwarding: Bool?, routeLocalnet: Bool?) async throws {
            let flags = [forwarding, routeLocalnet].map { flag in flag.map { [UInt8($0 ? 1 : 0)] } ?? [] }
            try await change(.setDevice, [port.network.bytes, port.interface.bytes] + flags)
        }

        package func routes(in network: String) async throws -> [NetworkRoute] {
            let fields = try await connection.call(.listRoutes, [network.bytes]).fields
            return try stride(from: 0, to: fields.count - 2, by: 3).map { start in
                guard let length = fields[start].last,
                    let destination = AddressBytes.text(Array(fields[start].dropLast()))
                else { throw BottleError(.transport, "The launcher listed a route without a destination.") }
                return NetworkRoute(
                    destination: "\(destination)/\(length)",
                    interface: String(decoding: fields[start + 1], as: UTF8.self),
                    gateway: AddressBytes.text(fields[start + 2]))
            }
        }

        package func interface(to address: String, in network: String) async throws -> String {
            let reply = try await connection.call(.lookUp, [network.bytes, try AddressBytes.address(address)])
            guard let name = reply.fields.first else {
                throw BottleError(.transport, "The launcher answered a route lookup without an interface.")
            }
            return String(decoding: name, as: UTF8.self)
        }

        package func socket(in network: String, family: SocketFamily, type: SocketType) async throws -> Int32 {
            let number: UInt8 =
                switch family {
                case .ipv4: 4
                case .ipv6: 6
                case .unix: 1
                }
            let reply = try await connection.call(
                .openSocket, [network.bytes, [number], [type == .datagram ? 2 : 1]])
            guard let descriptor = reply.descriptors.first, reply.descriptors.count == 1 else {
                for descriptor in reply.descriptors { close(descriptor) }
                throw BottleError(.transport, "The launcher answered without the socket it was asked for.")
            }
            return descriptor
        }

        private func change(_ operation: LauncherOperation, _ fields: [[UInt8]]) async throws {
            _ = try await connection.call(operation, fields)
        }
    }

    /// Addresses as they travel to the launcher.
    enum AddressBytes {
        /// The 4 or 16 bytes of an IP literal.
        static func address(_ text: String) throws(BottleError) -> [UInt8] {
            var four = in_addr()
            if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
            var six = in6_addr()
            if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
            throw BottleError(.input, "\"\(text)\" is not an IP address; write it as 192.0.2.1 or 2001:db8::1.")
        }

        /// An address and its prefix length as one more byte.
        static func prefix(_ text: String) throws(BottleError) -> [UInt8] {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let length = UInt8(parts[1]) else {
                throw BottleError(.input, "\"\(text)\" is not a CIDR; write it as 192.0.2.0/24 or 2001:db8::/64.")
            }
            let bytes = try address(String(parts[0]))
            guard Int(length) <= bytes.count * 8 else {
                throw BottleError(.input, "\"\(text)\" has a prefix longer than its address.")
            }
            return bytes + [length]
        }

        /// The literal of 4 or 16 bytes; nil for any other number.
        static func text(_ bytes: [UInt8]) -> String? {
            var buffer = [CChar](repeating: 0, count: 64)
            guard bytes.count == 4 || bytes.count == 16,
                inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &buffer, 64) != nil
            else { return nil }
            return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    extension String {
        /// Its UTF-8.
        var bytes: [UInt8] { Array(utf8) }
    }
#endif
