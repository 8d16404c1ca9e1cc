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

/// An IP address and port or an abstract name, convertible to and from the kernel's form.
struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    enum Family: Sendable { case ipv4, ipv6, unix }

    let family: Family
    /// Four or sixteen bytes in network order, or an abstract name; a local socket without one has none.
    let bytes: [UInt8]
    let port: UInt16

    /// What stands in front of an abstract name.
    private static let abstractMark: Character = "@"
    /// Where addresses of the local family have their path or name.
    private static let pathOffset = MemoryLayout<sockaddr_un>.offset(of: \sockaddr_un.sun_path) ?? 2

    /// Takes an IP literal, IPv6 without brackets or scope, or an abstract name behind `@`; nil for anything else.
    init?(_ literal: String, port: UInt16) {
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

    init(_ storage: sockaddr_storage) {
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

    /// `ip:port`, IPv6 in brackets, or `@name`.
    var description: String {
        switch family {
        case .ipv4: "\(host):\(port)"
        case .ipv6: "[\(host)]:\(port)"
        case .unix: host
        }
    }

    /// The IP literal, or the abstract name behind `@`.
    var host: String {
        if family == .unix { return "\(Self.abstractMark)\(String(decoding: bytes, as: UTF8.self))" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = inet_ntop(family == .ipv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func withRaw<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        let (number, length) =
            switch family {
            case .ipv4: (AF_INET, MemoryLayout<sockaddr_in>.size)
            case .ipv6: (AF_INET6, MemoryLayout<sockaddr_in6>.size)
            case .unix: (AF_UNIX, Self.pathOffset + 1 + bytes.count)
            }
        storage.ss_family = sa_family_t(number)
        #if canImport(Darwin)
            storage.ss_len = UInt8(length)
        #endif
        withUnsafeMutableBytes(of: &storage) { raw in
            if family != .unix {
                raw[2] = UInt8(port >> 8)
                raw[3] = UInt8(port & 0xff)
            }
            let start =
                switch family {
                case .ipv4: 4
                case .ipv6: 8
                case .unix: Self.pathOffset + 1
                }
            for (offset, byte) in bytes.enumerated() { raw[start + offset] = byte }
        }
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}

extension SocketAddress.Family {
    /// The same for a namespace host.
    var ofNetwork: SocketFamily {
        switch self {
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        case .unix: .unix
        }
    }
}
