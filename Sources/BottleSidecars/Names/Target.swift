// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A host and a port that a client asks for.
package struct HostPort: Sendable, Hashable, CustomStringConvertible {
    package let host: HostSpec
    package let port: UInt16

    package init(host: HostSpec, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Parses `host:port` or, with a default, `host`; nil for anything else (user info, empty port, zone, ...).
    package init?(authority: some StringProtocol, defaultPort: UInt16?) {
        var hostText = String(authority)
        var port = defaultPort
        // In brackets a colon belongs to the address; elsewhere the first one starts the port.
        let bracket = hostText.hasPrefix("[") ? hostText.firstIndex(of: "]") : hostText.startIndex
        if let bracket, let colon = hostText[bracket...].firstIndex(of: ":") {
            let digits = hostText[hostText.index(after: colon)...]
            guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let value = UInt16(digits), value > 0
            else { return nil }
            port = value
            hostText = String(hostText[..<colon])
        }
        guard let port, let host = HostSpec(hostText) else { return nil }
        self.init(host: host, port: port)
    }

    package var description: String { "\(host):\(port)" }

    /// The value of a Host header: without the port when it is HTTP's own.
    package var httpHost: String { port == 80 ? "\(host)" : description }

    /// The same inside TLS.
    package var httpsHost: String { port == 443 ? "\(host)" : description }
}

/// The target of a request: what the request line asks for.
package enum RequestTarget: Sendable, Hashable {
    /// `http://authority/path`, path and query as received, never empty.
    case absolute(HostPort, path: String)
    /// `/path`.
    case origin(path: String)
    /// `host:port` of CONNECT.
    case authority(HostPort)

    /// Why a target cannot be used; the client gets the sentence.
    package enum Failure: Error, Sendable, Hashable {
        /// The form fits no request that a proxy takes.
        case malformed(String)
        /// The form is right, but the host is no host name and no address.
        case badHost(String)
    }

    /// Parses the target of a request line whose bytes are all visible ASCII.
    package init(_ target: String, method: String) throws(Failure) {
        guard !target.contains("#") else { throw .malformed("a target must not have a fragment") }
        if method == "CONNECT" {
            guard let authority = HostPort(authority: target, defaultPort: nil) else { throw .badHost(target) }
            self = .authority(authority)
            return
        }
        if target.hasPrefix("/") {
            self = .origin(path: target)
            return
        }
        guard let colon = target.firstIndex(of: ":"), target[colon...].hasPrefix("://") else {
            throw .malformed("a proxy takes absolute URLs and CONNECT only")
        }
        guard target[..<colon].lowercased() == "http" else {
            throw .malformed("only http URLs are fetched; use CONNECT for everything else")
        }
        let rest = target[target.index(colon, offsetBy: 3)...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let authority = HostPort(authority: rest[..<end], defaultPort: 80) else {
            throw .badHost(String(rest[..<end]))
        }
        let path = String(rest[end...])
        self = .absolute(authority, path: path.hasPrefix("/") ? path : "/" + path)
    }
}
