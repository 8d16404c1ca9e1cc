// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import BottleCore
    import BottleSystem
    import Glibc
    import Testing

    @Suite(.timeLimit(.minutes(2)))
    struct LauncherNetworkTests {
        @Test func whatIsHeldIsListedUntilItIsDropped() async throws {
            try await WorldFixture.withWorld { launcher in
                #expect(try await launcher.holdings() == NamespaceHoldings(networks: ["host"], sandboxes: []))
                for network in ["left", "right"] { try await launcher.makeNetwork(network) }
                let spec = SandboxSpec(name: "box", network: "left", hostname: "box", entries: [], uid: 1000)
                _ = try await launcher.makeSandbox(spec)
                #expect(
                    try await launcher.holdings()
                        == NamespaceHoldings(networks: ["host", "left", "right"], sandboxes: ["box"]))
                try await launcher.destroySandbox("box")
                try await launcher.dropNetwork("left")
                #expect(try await launcher.holdings() == NamespaceHoldings(networks: ["host", "right"], sandboxes: []))
            }
        }

        @Test func bytesGoOverAWire() async throws {
            try await WorldFixture.withWorld { launcher in
                for network in ["left", "right"] { try await launcher.makeNetwork(network) }
                try await launcher.makeWire(NetworkPort("left", "eth0"), NetworkPort("right", "eth0"))
                try await launcher.addAddress("10.77.5.3/32", to: NetworkPort("left", "eth0"))
                try await launcher.addRoute("10.77.5.2/32", in: "left", interface: "eth0", via: nil)
                try await launcher.addAddress("10.77.5.2/24", to: NetworkPort("right", "eth0"))
                try await launcher.addAddress("2001:db8:5::2/64", to: NetworkPort("right", "eth0"))
                try await launcher.addAddress("2001:db8:5::3/64", to: NetworkPort("left", "eth0"))
                #expect(try await launcher.interface(to: "10.77.5.2", in: "left") == "eth0")
                #expect(try await launcher.interface(to: "127.0.0.1", in: "left") == "lo")
                await #expect(throws: BottleError.self) {
                    try await launcher.interface(to: "203.0.113.7", in: "left")
                }
                #expect(
                    Set(try await launcher.routes(in: "left")) == [
                        NetworkRoute(destination: "10.77.5.2/32", interface: "eth0", gateway: nil),
                        NetworkRoute(destination: "2001:db8:5::/64", interface: "eth0", gateway: nil),
                    ])
                for (family, address) in [(SocketFamily.ipv4, "10.77.5.2"), (.ipv6, "2001:db8:5::2")] {
                    let listener = try await launcher.socket(in: "right", family: family, type: .stream)
                    let client = try await launcher.socket(in: "left", family: family, type: .stream)
                    let echoed = try await Offload.run {
                        try Loopback.echo(listener: listener, client: client, address: address, port: 8888)
                    }
                    #expect(echoed == Array("over the wire".utf8), "\(address)")
                }
            }
        }

        @Test func defaultRoutesLeadThroughARouter() async throws {
            try await WorldFixture.withWorld { launcher in
                for network in ["inside", "outside"] { try await launcher.makeNetwork(network) }
                try await launcher.makeWire(NetworkPort("host", "h5"), NetworkPort("inside", "eth0"))
                try await launcher.makeWire(NetworkPort("host", "uplink"), NetworkPort("outside", "eth0"))
                try await launcher.addAddress("10.77.5.1/24", to: NetworkPort("host", "h5"))
                try await launcher.addAddress("10.77.5.2/24", to: NetworkPort("inside", "eth0"))
                try await launcher.addAddress("203.0.113.1/24", to: NetworkPort("host", "uplink"))
                try await launcher.addAddress("203.0.113.10/24", to: NetworkPort("outside", "eth0"))
                try await launcher.addRoute("0.0.0.0/0", in: "inside", interface: nil, via: "10.77.5.1")
                try await launcher.addRoute("10.77.0.0/16", in: "outside", interface: "eth0", via: "203.0.113.1")
                let route = NetworkRoute(destination: "0.0.0.0/0", interface: "eth0", gateway: "10.77.5.1")
                #expect(try await launcher.routes(in: "inside").contains(route))
                func reach() async throws -> [UInt8] {
                    let listener = try await launcher.socket(in: "outside", family: .ipv4, type: .stream)
                    let client = try await launcher.socket(in: "inside", family: .ipv4, type: .stream)
                    return try await Offload.run {
                        try Loopback.echo(
                            listener: listener, client: client, address: "203.0.113.10", port: 53, seconds: 1)
                    }
                }
                // Nothing forwards until it is told to, whatever the machine itself does.
                await #expect(throws: Loopback.Failure.self) { try await reach() }
                for device in ["h5", "uplink"] {
                    try await launcher.setDevice(NetworkPort("host", device), forwarding: true, routeLocalnet: nil)
                }
                #expect(try await reach() == Array("over the wire".utf8))
            }
        }

        @Test func narrowedLoopbackLeavesOneAddress() async throws {
            try await WorldFixture.withWorld { launcher in
                try await launcher.makeNetwork("net")
                #expect(try await launcher.interface(to: "127.0.0.2", in: "net") == "lo")
                try await launcher.narrowLoopback(in: "net")
                try await launcher.narrowLoopback(in: "net")
                #expect(try await launcher.interface(to: "127.0.0.1", in: "net") == "lo")
                await #expect(throws: BottleError.self) { try await launcher.interface(to: "127.0.0.2", in: "net") }
                try await launcher.makeNetwork("peer")
                try await launcher.makeWire(NetworkPort("net", "eth0"), NetworkPort("peer", "eth0"))
                try await launcher.addAddress("10.77.5.3/32", to: NetworkPort("net", "eth0"))
                try await launcher.addRoute("127.0.0.0/8", in: "net", interface: "eth0", via: nil)
                try await launcher.setDevice(NetworkPort("net", "eth0"), forwarding: nil, routeLocalnet: true)
                #expect(try await launcher.interface(to: "127.0.0.2", in: "net") == "eth0")
            }
        }

        @Test func aDroppedNetworkFreesItsNames() async throws {
            try await WorldFixture.withWorld { launcher in
                for _ in 0..<5 {
                    try await launcher.makeNetwork("net")
                    try await launcher.makeWire(NetworkPort("host", "h7"), NetworkPort("net", "eth0"))
                    try await launcher.dropNetwork("net")
                }
                try await launcher.dropNetwork("net")
                #expect(try await launcher.routes(in: "host").isEmpty)
            }
        }

        @Test func badRequestsGetSentences() async throws {
            try await WorldFixture.withWorld { launcher in
                let cases: [(BottleError.Code, () async throws -> Void)] = [
                    (.input, { try await launcher.addAddress("10.0.0.1", to: NetworkPort("host", "lo")) }),
                    (.input, { try await launcher.addAddress("10.0.0.1/33", to: NetworkPort("host", "lo")) }),
                    (.input, { try await launcher.addRoute("10.0.0.0/8", in: "host", interface: nil, via: nil) }),
                    (.notFound, { try await launcher.addAddress("10.0.0.1/8", to: NetworkPort("nowhere", "lo")) }),
                    (.notFound, { try await launcher.addAddress("10.0.0.1/8", to: NetworkPort("host", "eth9")) }),
                    (.io, { try await launcher.makeNetwork("host") }),
                    (.io, { try await launcher.dropNetwork("host") }),
                    (
                        .input,
                        {
                            try await launcher.setDevice(
                                NetworkPort("host", "../x"), forwarding: true, routeLocalnet: nil)
                        }
                    ),
                ]
                for (code, body) in cases {
                    let error = await #expect(throws: BottleError.self) { try await body() }
                    #expect(error?.code == code, "\(error?.message ?? "")")
                    #expect(error?.message.hasSuffix(".") == true)
                }
            }
        }
    }

    /// One TCP round trip between two unbound sockets.
    enum Loopback {
        struct Failure: Error { let step: String; let number: Int32 }

        /// What the client gets back of `over the wire`; closes both sockets.
        static func echo(
            listener: Int32, client: Int32, address: String, port: UInt16, seconds: Int = 5
        ) throws -> [UInt8] {
            defer {
                close(listener)
                close(client)
            }
            for descriptor in [listener, client] {
                var limit = timeval(tv_sec: seconds, tv_usec: 0)
                for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                    setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
                }
            }
            try withAddress(address, port) { pointer, length in
                try step("bind") { bind(listener, pointer, length) }
                try step("listen") { listen(listener, 1) }
                try step("connect") { connect(client, pointer, length) }
            }
            let peer = try step("accept") { accept(listener, nil, nil) }
            defer { close(peer) }
            let sent = Array("over the wire".utf8)
            try step("send") { Int32(send(client, sent, sent.count, Int32(MSG_NOSIGNAL))) }
            var buffer = [UInt8](repeating: 0, count: 64)
            let count = try step("receive") { Int32(recv(peer, &buffer, buffer.count, 0)) }
            try step("answer") { Int32(send(peer, buffer, Int(count), Int32(MSG_NOSIGNAL))) }
            let echoed = try step("receive") { Int32(recv(client, &buffer, buffer.count, 0)) }
            return Array(buffer.prefix(Int(echoed)))
        }

        @discardableResult
        private static func step(_ name: String, _ body: () -> Int32) throws -> Int32 {
            let result = body()
            guard result >= 0 else { throw Failure(step: name, number: errno) }
            return result
        }

        private static func withAddress(
            _ text: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
        ) throws {
            if text.contains(":") {
                var address = sockaddr_in6()
                address.sin6_family = sa_family_t(AF_INET6)
                address.sin6_port = port.bigEndian
                inet_pton(AF_INET6, text, &address.sin6_addr)
                try withUnsafePointer(to: &address) { pointer in
                    try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        try body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                    }
                }
            } else {
                var address = sockaddr_in()
                address.sin_family = sa_family_t(AF_INET)
                address.sin_port = port.bigEndian
                inet_pton(AF_INET, text, &address.sin_addr)
                try withUnsafePointer(to: &address) { pointer in
                    try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
            }
        }
    }
#endif
