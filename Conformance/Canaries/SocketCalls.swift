// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import CBottleShims
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The raw socket calls of the canaries: nonblocking, close-on-exec, EINTR retried.
///
/// They live here and not in BottleSystem because nobody else needs nonblocking listeners, and a canary must see
/// every errno as the kernel gave it; no other file of this target imports the platform.
enum SocketCalls {
    /// What one nonblocking read gave.
    enum Reading {
        case bytes([UInt8])
        case end
        case empty
        case failed(Errno)
    }

    /// What one nonblocking accept gave.
    enum Acceptance {
        case accepted(Int32, peer: SocketAddress)
        case empty
        /// The connection was gone before it was taken; the next one may be fine.
        case aborted
        /// Descriptors or memory ran out.
        case exhausted
        case failed(Errno)
    }

    /// What a nonblocking connect or send gave.
    enum Progress { case done, pending, failed(Errno) }

    private static var lastError: Errno { Errno(rawValue: errno) }

    private static func retrying(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }

    private static func check(_ result: Int32) throws(Errno) {
        if result < 0 { throw lastError }
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) throws(Errno) {
        var value = value
        try check(setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)))
    }

    /// An ordinary socket of this process.
    static func open(_ family: SocketAddress.Family, stream: Bool) throws(Errno) -> Int32 {
        let domain =
            switch family {
            case .ipv4: AF_INET
            case .ipv6: AF_INET6
            case .unix: AF_UNIX
            case .vsock: SocketAddress.vsockFamily
            }
        #if os(Linux)
            let kind = Int32((stream ? SOCK_STREAM : SOCK_DGRAM).rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = socket(domain, kind, 0)
        #else
            let descriptor = socket(domain, stream ? SOCK_STREAM : SOCK_DGRAM, 0)
        #endif
        try check(descriptor)
        return descriptor
    }

    /// Whether this machine hands connections to its own contexts back to itself. Where it does not, one that is made here
    /// goes to whoever runs the machine: nobody but the owner of a context may bind to it, so a bind tells without a packet.
    static func loopsBack(_ address: SocketAddress) throws(Errno) -> Bool {
        let descriptor = try open(.vsock, stream: true)
        defer { close(descriptor) }
        #if canImport(Glibc)
            let result = address.withRaw { Glibc.bind(descriptor, $0, $1) }
        #elseif canImport(Musl)
            let result = address.withRaw { Musl.bind(descriptor, $0, $1) }
        #elseif canImport(Darwin)
            let result = address.withRaw { Darwin.bind(descriptor, $0, $1) }
        #endif
        return result == 0
    }

    static func makeNonblocking(_ descriptor: Int32) throws(Errno) {
        try check(fcntl(descriptor, F_SETFD, FD_CLOEXEC))
        try check(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK))
        #if canImport(Darwin)
            try set(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1)
        #endif
    }

    /// Binds and, for a stream, listens.
    ///
    /// - Parameter freebind: the address may not exist yet (a bottle's link comes up after its canaries).
    static func listen(_ descriptor: Int32, at address: SocketAddress, stream: Bool, freebind: Bool) throws(Errno) {
        try makeNonblocking(descriptor)
        // Never for datagrams: there it would let a second socket share the port and steal what was meant for us.
        if stream { try set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) }
        if address.family == .ipv6 { try set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        #if os(Linux)
            if freebind { try set(descriptor, Int32(IPPROTO_IP), IP_FREEBIND, 1) }
        #endif
        #if canImport(Glibc)
            try check(address.withRaw { Glibc.bind(descriptor, $0, $1) })
            if stream { try check(Glibc.listen(descriptor, 512)) }
        #elseif canImport(Musl)
            try check(address.withRaw { Musl.bind(descriptor, $0, $1) })
            if stream { try check(Musl.listen(descriptor, 512)) }
        #elseif canImport(Darwin)
            try check(address.withRaw { Darwin.bind(descriptor, $0, $1) })
            if stream { try check(Darwin.listen(descriptor, 512)) }
        #endif
    }

    static func acceptOne(_ listener: Int32) -> Acceptance {
        var storage = sockaddr_storage()
        let descriptor = bottle_canary_accept(listener, &storage)
        guard descriptor >= 0 else {
            switch errno {
            case EAGAIN: return .empty
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            case EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP: return .failed(lastError)
            // Linux hands out pending network errors of the new connection here.
            default: return .aborted
            }
        }
        return .accepted(descriptor, peer: SocketAddress(storage))
    }

    static func receive(_ descriptor: Int32, atMost limit: Int) -> Reading {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            count = retrying { recv(descriptor, buffer.baseAddress, limit, 0) }
            filled = max(count, 0)
        }
        if count > 0 { return .bytes(bytes) }
        if count == 0 { return .end }
        return errno == EAGAIN ? .empty : .failed(lastError)
    }

    /// One datagram; `.bytes` may be empty, `.end` never comes.
    static func receiveDatagram(_ descriptor: Int32, atMost limit: Int) -> (Reading, peer: SocketAddress) {
        var storage = sockaddr_storage()
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            count = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    retrying {
                        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
                        return recvfrom(descriptor, buffer.baseAddress, limit, 0, address, &length)
                    }
                }
            }
            filled = max(count, 0)
        }
        let failure = lastError
        let peer = SocketAddress(storage)
        if count >= 0 { return (.bytes(bytes), peer) }
        return (failure.rawValue == EAGAIN ? .empty : .failed(failure), peer)
    }

    /// How many bytes the kernel took; zero when it takes none now.
    static func send(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        let sent = bytes.withUnsafeBytes { buffer in
            #if os(Linux)
                let flags = Int32(MSG_NOSIGNAL)
            #else
                let flags: Int32 = 0
            #endif
            return retrying {
                #if canImport(Glibc)
                    Glibc.send(descriptor, buffer.baseAddress, buffer.count, flags)
                #elseif canImport(Musl)
                    Musl.send(descriptor, buffer.baseAddress, buffer.count, flags)
                #elseif canImport(Darwin)
                    Darwin.send(descriptor, buffer.baseAddress, buffer.count, flags)
                #endif
            }
        }
        if sent >= 0 { return sent }
        if errno == EAGAIN { return 0 }
        throw lastError
    }

    /// Answers a datagram; an answer the kernel does not take is lost, as datagrams may be.
    static func sendDatagram(_ descriptor: Int32, _ bytes: [UInt8], to peer: SocketAddress) {
        _ = peer.withRaw { address, length in
            bytes.withUnsafeBytes { buffer in
                retrying { sendto(descriptor, buffer.baseAddress, buffer.count, 0, address, length) }
            }
        }
    }

    static func startConnect(_ descriptor: Int32, to address: SocketAddress) -> Progress {
        #if canImport(Glibc)
            let result = address.withRaw { Glibc.connect(descriptor, $0, $1) }
        #elseif canImport(Musl)
            let result = address.withRaw { Musl.connect(descriptor, $0, $1) }
        #elseif canImport(Darwin)
            let result = address.withRaw { Darwin.connect(descriptor, $0, $1) }
        #endif
        if result == 0 { return .done }
        // An interrupted connect goes on by itself, exactly as a pending one.
        return errno == EINPROGRESS || errno == EINTR ? .pending : .failed(lastError)
    }

    /// The error that ended a pending connect; nil when it succeeded.
    static func pendingError(_ descriptor: Int32) -> Errno? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length) == 0 else { return lastError }
        return value == 0 ? nil : Errno(rawValue: value)
    }

    /// The local end of a socket, for example `127.0.0.1:40123`.
    static func localAddress(_ descriptor: Int32) -> SocketAddress {
        var storage = sockaddr_storage()
        withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
                _ = getsockname(descriptor, address, &length)
            }
        }
        return SocketAddress(storage)
    }

    /// Gives a local socket a name that nobody else has, so that its other end can tell it from others.
    static func nameItself(_ descriptor: Int32) throws(Errno) {
        #if os(Linux)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let length = socklen_t(MemoryLayout<sa_family_t>.size)
            try check(
                withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
                })
        #endif
    }

    static func endWriting(_ descriptor: Int32) { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Has the next `close` end the connection at once, without the rest of the protocol: for a peer that has hung up.
    static func resetOnClose(_ descriptor: Int32) {
        var setting = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &setting, socklen_t(MemoryLayout<linger>.size))
    }

    /// Closes; Linux releases the descriptor even when interrupted, so there is nothing to retry.
    static func close(_ descriptor: Int32) {
        #if canImport(Glibc)
            _ = Glibc.close(descriptor)
        #elseif canImport(Musl)
            _ = Musl.close(descriptor)
        #elseif canImport(Darwin)
            _ = Darwin.close(descriptor)
        #endif
    }

    /// How many descriptors this process may have open.
    static var descriptorLimit: Int {
        var limit = rlimit()
        #if canImport(Glibc)
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
        #else
            guard getrlimit(RLIMIT_NOFILE, &limit) == 0 else { return 256 }
        #endif
        return Int(clamping: limit.rlim_cur)
    }

    /// Both ends of a nonblocking pipe.
    static func pipe() throws(Errno) -> (reader: FileDescriptor, writer: FileDescriptor) {
        var ends: [Int32] = [-1, -1]
        try check(bottle_canary_pipe(&ends))
        return (FileDescriptor(rawValue: ends[0]), FileDescriptor(rawValue: ends[1]))
    }

    /// The target of a symbolic link, nil when there is none.
    static func linkTarget(_ path: String) -> String? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 256) { buffer, filled in
            count = buffer.withMemoryRebound(to: CChar.self) { target in
                target.baseAddress.map { readlink(path, $0, target.count) } ?? 0
            }
            filled = max(count, 0)
        }
        return count > 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
