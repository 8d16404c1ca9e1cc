// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A real server on a loopback address, alive as long as the closure that uses it.
enum LoopbackServer {
    /// What it does with a connection or datagram.
    enum Script: Sendable {
        /// Sends at once and closes.
        case banner([UInt8])
        /// Waits for something, sends and closes.
        case answer([UInt8])
        /// Sends back what it reads until the client closes.
        case echo
        /// Accepts and never says anything.
        case silent
        /// Waits for something, sends and resets.
        case reset([UInt8])
        /// Waits for something, sends, and is from then on the way to another port of the loopback; to none, it closes.
        case tunnel([UInt8], to: UInt16?)
        /// UDP: sends each datagram back to where it came from.
        case datagramEcho
        /// UDP: the same, but for so many at first, which get lost.
        case datagramLoss(Int)
        /// UDP: receives and never answers.
        case datagramSilent
    }

    struct Failed: Error {
        var step: String
        var errno: Int32
    }

    /// Serves while `body` runs with the port; every descriptor is closed afterwards.
    static func serving<Answer: Sendable>(
        _ script: Script, v6: Bool = false, _ body: (UInt16) async throws -> Answer
    ) async throws -> Answer {
        let datagrams =
            switch script {
            case .datagramEcho, .datagramSilent, .datagramLoss: true
            default: false
            }
        let (listener, port) = try open(datagrams: datagrams, v6: v6, listening: !datagrams)
        let stop = Pipe()
        let stopped = stop.fileHandleForReading.fileDescriptor
        let over = DispatchGroup()
        over.enter()
        Thread.detachNewThread {
            loop(listener, stopped, script)
            close(listener)
            over.leave()
        }
        let answer: Result<Answer, any Error>
        do { answer = .success(try await body(port)) } catch { answer = .failure(error) }
        try stop.fileHandleForWriting.close()
        await withCheckedContinuation { continuation in
            over.notify(queue: .global()) { continuation.resume() }
        }
        try stop.fileHandleForReading.close()
        return try answer.get()
    }

    /// A port that is taken by a socket nobody listens on: certain to refuse while `body` runs.
    static func refusing<Answer: Sendable>(
        _ body: (UInt16) async throws -> Answer
    ) async throws -> Answer {
        let (descriptor, port) = try open(datagrams: false, v6: false, listening: false)
        defer { close(descriptor) }
        return try await body(port)
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> UInt16 {
        let (descriptor, port) = try open(datagrams: false, v6: false, listening: false)
        close(descriptor)
        return port
    }

    private static func open(datagrams: Bool, v6: Bool, listening: Bool) throws -> (Int32, UInt16) {
        let kind = Int32((datagrams ? SOCK_DGRAM : SOCK_STREAM).rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(v6 ? AF_INET6 : AF_INET, kind, 0)
        guard descriptor >= 0 else { throw Failed(step: "socket", errno: errno) }
        var storage = sockaddr_storage()
        var length: socklen_t
        if v6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_addr = in6addr_loopback
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in6.self) }
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in.self) }
        }
        let bound = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                guard bind(descriptor, raw, length) == 0 else { return false }
                return getsockname(descriptor, raw, &length) == 0
            }
        }
        guard bound, !listening || listen(descriptor, 128) == 0 else {
            let failure = Failed(step: "bind", errno: errno)
            close(descriptor)
            throw failure
        }
        let port = withUnsafeBytes(of: &storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
        return (descriptor, port)
    }

    private static func loop(_ listener: Int32, _ stopped: Int32, _ script: Script) {
        var held: [Int32] = []
        defer { for descriptor in held { close(descriptor) } }
        var lost = 0
        while ready(listener, stopped) {
            if case .datagramEcho = script {
                echoDatagram(listener)
            } else if case .datagramLoss(let count) = script {
                var byte: UInt8 = 0
                if lost < count { _ = recv(listener, &byte, 1, 0) } else { echoDatagram(listener) }
                lost += 1
            } else if case .datagramSilent = script {
                var byte: UInt8 = 0
                _ = recv(listener, &byte, 1, 0)
            } else {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { continue }
                if talk(client, stopped, script) { held.append(client) } else { close(client) }
            }
        }
    }

    /// True when the connection is to stay open.
    private static func talk(_ client: Int32, _ stopped: Int32, _ script: Script) -> Bool {
        switch script {
        case .banner(let bytes):
            sendAll(client, bytes)
        case .answer(let bytes):
            if ready(client, stopped) { receive(client) }
            sendAll(client, bytes)
        case .echo:
            while ready(client, stopped) {
                let bytes = receive(client)
                if bytes.isEmpty { break }
                sendAll(client, bytes)
            }
        case .reset(let bytes):
            if ready(client, stopped) { receive(client) }
            sendAll(client, bytes)
            var hard = linger(l_onoff: 1, l_linger: 0)
            setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
        case .tunnel(let bytes, let port):
            if ready(client, stopped) { receive(client) }
            sendAll(client, bytes)
            if let port { carry(client, to: port, stopped) }
        case .silent, .datagramEcho, .datagramSilent, .datagramLoss:
            return true
        }
        return false
    }

    /// Carries bytes both ways until one side is done.
    private static func carry(_ client: Int32, to port: UInt16, _ stopped: Int32) {
        let upstream = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard upstream >= 0 else { return }
        defer { close(upstream) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(upstream, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return }
        while true {
            var list = [client, upstream, stopped].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&list, 3, 60_000) > 0, list[2].revents == 0 else { return }
            for (from, to) in [(0, upstream), (1, client)] where list[from].revents != 0 {
                let bytes = receive(list[from].fd)
                if bytes.isEmpty { return }
                sendAll(to, bytes)
            }
        }
    }

    private static func sendAll(_ descriptor: Int32, _ bytes: [UInt8]) {
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    @discardableResult
    private static func receive(_ descriptor: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : []
    }

    private static func echoDatagram(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        var peer = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutablePointer(to: &peer) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                let count = recvfrom(descriptor, &buffer, buffer.count, 0, raw, &length)
                if count >= 0 { sendto(descriptor, buffer, count, 0, raw, length) }
            }
        }
    }

    /// Waits at most 60 seconds; false when told to stop.
    private static func ready(_ descriptor: Int32, _ stopped: Int32) -> Bool {
        var list = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stopped, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&list, 2, 60_000)
        return count > 0 && list[1].revents == 0
    }
}
