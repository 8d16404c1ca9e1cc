// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleSystem
import Glibc

/// A listener in a network of the world that sends `reached` to whoever connects.
final class WorldCanary: Sendable {
    static let banner = "reached"

    private let descriptor: Int32

    /// Listens on `DriverFixture.port`, every address of the network.
    init(_ world: NamespacesWorld, network: String, family: SocketFamily = .ipv6) async throws {
        let descriptor = try await world.host.socket(in: network, family: family, type: .stream)
        self.descriptor = descriptor
        let port = DriverFixture.port.bigEndian
        let bound: Int32
        switch family {
        case .ipv4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port
            bound = withUnsafeBytes(of: &address) { Self.bind(descriptor, $0) }
        case .ipv6:
            var off: Int32 = 0
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port
            bound = withUnsafeBytes(of: &address) { Self.bind(descriptor, $0) }
        case .unix:
            throw BottleError(.usage, "This canary listens on a port.")
        }
        guard bound == 0, listen(descriptor, 16) == 0 else {
            throw BottleError(.io, "The canary cannot listen: \(String(cString: strerror(errno))).")
        }
        DedicatedThread.start("canary") {
            while true {
                let client = accept(descriptor, nil, nil)
                if client < 0 {
                    if errno == EINTR || errno == ECONNABORTED { continue }
                    return
                }
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                _ = Self.banner.withCString { send(client, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                close(client)
            }
        }
    }

    private static func bind(_ descriptor: Int32, _ address: UnsafeRawBufferPointer) -> Int32 {
        guard let base = address.baseAddress else { return -1 }
        return Glibc.bind(
            descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(address.count))
    }

    /// Ends the listener and its thread.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
