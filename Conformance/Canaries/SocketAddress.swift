// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IP address and port, convertible to and from the kernel's form.
struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    enum Family: Sendable { case ipv4, ipv6 }

    /// Four or sixteen bytes in network order.
    let bytes: [UInt8]
    let port: UInt16

    var family: Family { bytes.count == 4 ? .ipv4 : .ipv6 }

    /// Takes an IP literal, IPv6 without brackets or scope; nil for anything else.
    init?(_ literal: String, port: UInt16) {
        let isV6 = literal.contains(":")
        var bytes = [UInt8](repeating: 0, count: isV6 ? 16 : 4)
        guard inet_pton(isV6 ? AF_INET6 : AF_INET, literal, &bytes) == 1 else { return nil }
        self.bytes = bytes
        self.port = port
    }

    init(_ storage: sockaddr_storage) {
        let isV6 = Int32(storage.ss_family) == AF_INET6
        // Both forms hold the port at offset 2; the address is at 4 (IPv4) or, behind the flow label, at 8 (IPv6).
        (bytes, port) = withUnsafeBytes(of: storage) { raw in
            (
                Array(isV6 ? raw[8..<24] : raw[4..<8]),
                UInt16(raw[2]) << 8 | UInt16(raw[3])
            )
        }
    }

    /// `ip:port`, IPv6 in brackets.
    var description: String { family == .ipv4 ? "\(host):\(port)" : "[\(host)]:\(port)" }

    /// The IP literal.
    var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = inet_ntop(family == .ipv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func withRaw<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(family == .ipv4 ? AF_INET : AF_INET6)
        let length = family == .ipv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        #if canImport(Darwin)
            storage.ss_len = UInt8(length)
        #endif
        withUnsafeMutableBytes(of: &storage) { raw in
            raw[2] = UInt8(port >> 8)
            raw[3] = UInt8(port & 0xff)
            let start = family == .ipv4 ? 4 : 8
            for (offset, byte) in bytes.enumerated() { raw[start + offset] = byte }
        }
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}
