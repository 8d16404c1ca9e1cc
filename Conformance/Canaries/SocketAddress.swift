// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IP address and port, an abstract name, or a context and port of AF_VSOCK, convertible to and from the kernel's form.
struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    enum Family: Sendable { case ipv4, ipv6, unix, vsock }

    let family: Family
    /// Four or sixteen bytes in network order, or an abstract name; a local socket without one has none. A context id and
    /// its port, of four bytes each in the order of this machine.
    let bytes: [UInt8]
    let port: UInt16

    /// What stands in front of an abstract name.
    private static let abstractMark: Character = "@"
    /// What stands in front of a context id.
    private static let contextMark = "cid:"
    /// The number of AF_VSOCK, which not every platform's headers have.
    static let vsockFamily: Int32 = 40
    /// In `struct sockaddr_vm`: the port, and behind it the context id.
    private static let vsockOffset = 4
    private static let vsockSize = 16
    /// Where addresses of the local family have their path or name.
    private static let pathOffset = MemoryLayout<sockaddr_un>.offset(of: \sockaddr_un.sun_path) ?? 2

    /// Takes an IP literal, IPv6 without brackets or scope, an abstract name behind `@`, or a context id behind `cid:`; nil
    /// for anything else.
    init?(_ literal: String, port: UInt16) {
        if literal.hasPrefix(Self.contextMark) {
            guard let context = UInt32(literal.dropFirst(Self.contextMark.count)) else { return nil }
            (family, bytes, self.port) = (.vsock, Self.bytes(context, UInt32(port)), port)
            return
        }
        if literal.first == Self.abstractMark {
            let name = Array(literal.utf8.dropFirst())
            guard !name.isEmpty, name.count < MemoryLayout<sockaddr_un>.size - Self.pathOffset else { return nil }
            (family, bytes, self.port) = (.unix, name, 0)
            return
        }
        let isV6 = literal.contains(":")
        var bytes = [UInt8](repeating: 0, count: isV6 ? 16 : 4)
        guard inet_pton(isV6 ? AF_INET6 : AF_INET, literal, &bytes) == 1 else { return nil }
        family = isV6 ? .ipv6 : .ipv4
        self.bytes = bytes
        self.port = port
    }

    /// The address at which a listener takes what comes for any context that this machine has.
    var ofAnyContext: SocketAddress? { SocketAddress("\(Self.contextMark)\(UInt32.max)", port: port) }

    private static func bytes(_ context: UInt32, _ port: UInt32) -> [UInt8] {
        withUnsafeBytes(of: (context, port)) { Array($0) }
    }

    private func number(_ offset: Int) -> UInt32 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }

    init(_ storage: sockaddr_storage) {
        if Int32(storage.ss_family) == Self.vsockFamily {
            let (number, context) = withUnsafeBytes(of: storage) { raw in
                (
                    raw.loadUnaligned(fromByteOffset: Self.vsockOffset, as: UInt32.self),
                    raw.loadUnaligned(fromByteOffset: Self.vsockOffset + 4, as: UInt32.self)
                )
            }
            (family, bytes, port) = (.vsock, Self.bytes(context, number), UInt16(truncatingIfNeeded: number))
            return
        }
        if Int32(storage.ss_family) == AF_UNIX {
            // The kernel zeroed what it did not fill; a name of ours has no zero in it.
            let name = withUnsafeBytes(of: storage) { Array($0.dropFirst(Self.pathOffset + 1).prefix { $0 != 0 }) }
            (family, bytes, port) = (.unix, name, 0)
            return
        }
        let isV6 = Int32(storage.ss_family) == AF_INET6
        family = isV6 ? .ipv6 : .ipv4
        // Both forms hold the port at offset 2; the address is at 4 (IPv4) or, behind the flow label, at 8 (IPv6).
        (bytes, port) = withUnsafeBytes(of: storage) { raw in
            (
                Array(isV6 ? raw[8..<24] : raw[4..<8]),
                UInt16(raw[2]) << 8 | UInt16(raw[3])
            )
        }
    }

    /// `ip:port`, IPv6 in brackets, `@name`, or `cid:context:port`.
    var description: String {
        switch family {
        case .ipv4: "\(host):\(port)"
        case .ipv6: "[\(host)]:\(port)"
        case .unix: host
        case .vsock: "\(host):\(number(4))"
        }
    }

    /// The IP literal, the abstract name behind `@`, or the context id behind `cid:`.
    var host: String {
        if family == .vsock { return "\(Self.contextMark)\(number(0))" }
        if family == .unix { return "\(Self.abstractMark)\(String(decoding: bytes, as: UTF8.self))" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = inet_ntop(family == .ipv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func withRaw<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        let (domain, length) =
            switch family {
            case .ipv4: (AF_INET, MemoryLayout<sockaddr_in>.size)
            case .ipv6: (AF_INET6, MemoryLayout<sockaddr_in6>.size)
            case .unix: (AF_UNIX, Self.pathOffset + 1 + bytes.count)
            case .vsock: (Self.vsockFamily, Self.vsockSize)
            }
        storage.ss_family = sa_family_t(domain)
        #if canImport(Darwin)
            storage.ss_len = UInt8(length)
        #endif
        withUnsafeMutableBytes(of: &storage) { raw in
            if family == .vsock {
                raw.storeBytes(of: number(4), toByteOffset: Self.vsockOffset, as: UInt32.self)
                raw.storeBytes(of: number(0), toByteOffset: Self.vsockOffset + 4, as: UInt32.self)
                return
            }
            if family != .unix {
                raw[2] = UInt8(port >> 8)
                raw[3] = UInt8(port & 0xff)
            }
            let start =
                switch family {
                case .ipv4: 4
                case .ipv6: 8
                case .unix, .vsock: Self.pathOffset + 1
                }
            for (offset, byte) in bytes.enumerated() { raw[start + offset] = byte }
        }
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}

extension SocketAddress.Family {
    /// The same for a namespace host; nil for one that belongs to no network.
    var ofNetwork: SocketFamily? {
        switch self {
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        case .unix: .unix
        case .vsock: nil
        }
    }
}
