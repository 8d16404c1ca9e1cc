// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleBackends
import BottleCore
import BottleSystem
import Glibc

/// An internet of one host: a name server that knows every name as `203.0.113.10`, and an HTTP origin there that
/// answers with the Authorization it saw.
final class WorldOrigin: Sendable {
    static let address = "203.0.113.10"
    static let port: UInt16 = 8080

    private let descriptors: [Int32]

    init(_ world: NamespacesWorld) async throws {
        let names = try await world.host.socket(in: WorldLayout.internet, family: .ipv4, type: .datagram)
        let origin = try await world.host.socket(in: WorldLayout.internet, family: .ipv4, type: .stream)
        descriptors = [names, origin]
        guard Self.bind(names, WorldLayout.nameServer, 53), Self.bind(origin, Self.address, Self.port),
            listen(origin, 16) == 0
        else { throw BottleError(.io, "The origin cannot listen: \(String(cString: strerror(errno))).") }
        DedicatedThread.start("name-server") { Self.answerNames(names) }
        DedicatedThread.start("origin") { Self.serve(origin) }
    }

    /// Ends both servers.
    func stop() {
        for descriptor in descriptors {
            shutdown(descriptor, Int32(SHUT_RDWR))
            close(descriptor)
        }
    }

    private static func bind(_ descriptor: Int32, _ text: String, _ port: UInt16) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, text, &address.sin_addr)
        return withUnsafeBytes(of: &address) { bytes in
            guard let base = bytes.baseAddress else { return false }
            return Glibc.bind(descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count)) == 0
        }
    }

    private static func answerNames(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1500)
        while true {
            var peer = sockaddr()
            var length = socklen_t(MemoryLayout<sockaddr>.size)
            let count = recvfrom(descriptor, &buffer, buffer.count, 0, &peer, &length)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            guard let end = buffer[12..<count].firstIndex(of: 0), end + 4 < count else { continue }
            let isA = buffer[end + 2] == 1
            var answer = Array(buffer[..<2]) + [0x84, 0, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0] + buffer[12...(end + 4)]
            if isA { answer += [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 203, 0, 113, 10] }
            sendto(descriptor, answer, answer.count, 0, &peer, length)
        }
    }

    private static func serve(_ descriptor: Int32) {
        while true {
            let client = accept(descriptor, nil, nil)
            if client < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            var limit = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var head: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !String(decoding: head, as: UTF8.self).contains("\r\n\r\n") {
                let count = recv(client, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                head += buffer[..<count]
            }
            let line = String(decoding: head, as: UTF8.self).split(separator: "\r\n").first {
                $0.lowercased().hasPrefix("authorization:")
            }
            let body = "saw \(line.map { String($0.drop { $0 != " " }) } ?? " nothing")"
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
            _ = answer.withCString { send(client, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
            close(client)
        }
    }
}
