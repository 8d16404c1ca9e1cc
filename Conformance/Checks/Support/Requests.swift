// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

/// The conversations that checks have with the bundle, each carrying its nonce in the bytes.
enum Requests {
    /// `GET /health` of pipelock, closed by the server.
    static func health(_ nonce: Nonce, at address: String, port: UInt16 = Contract.pipelockPort) -> Exchange {
        get("/health?n=\(nonce)", host: "\(bracketed(address)):\(port)", to: address, port)
    }

    /// A nonce and nothing else, for a listener that answers with its banner.
    static func greeting(
        _ nonce: Nonce, over transport: Exchange.Transport, to address: String, _ port: UInt16
    ) -> Exchange {
        let until: Exchange.Until = transport == .tcp ? .close : .datagram
        return Exchange(
            transport, address, port, turns: [Exchange.Turn(send: Array("\(nonce)\n".utf8), until: until)])
    }

    /// A plain origin-form request, straight to an address.
    static func get(_ path: String, host: String, to address: String, _ port: UInt16) -> Exchange {
        Exchange(
            .tcp, address, port, turns: [turn("GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")])
    }

    /// An absolute-form request through pipelock; `authority` is `host` or `host:port`.
    static func absolute(
        _ authority: String, _ nonce: Nonce, via bundle: String, method: String = "GET", path: String? = nil,
        headers: [String] = [], body: String = ""
    ) -> Exchange {
        var lines = ["\(method) http://\(authority)\(path ?? "/\(nonce)") HTTP/1.1", "Host: \(authority)"] + headers
        if !headers.contains(where: { $0.hasPrefix("Connection:") }) { lines.append("Connection: close") }
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        let head = lines.joined(separator: "\r\n") + "\r\n\r\n"
        return Exchange(.tcp, bundle, Contract.pipelockPort, turns: [turn(head + body)])
    }

    /// A CONNECT through pipelock, and what is said in the tunnel.
    static func connect(_ authority: String, say payload: String, via bundle: String) -> Exchange {
        let head = "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n\r\n"
        return Exchange(
            .tcp, bundle, Contract.pipelockPort,
            turns: [Exchange.Turn(send: Array(head.utf8), until: .headers), turn(payload)])
    }

    /// A request over TLS in a tunnel through pipelock.
    ///
    /// - Parameters:
    ///   - trust: By default what every program in the guest believes.
    ///   - serverName: Whom TLS asks for; the host itself by default.
    ///   - path: By default the nonce.
    static func secure(
        _ host: String, _ nonce: Nonce, via bundle: String, port: UInt16 = 443,
        trust: Exchange.Secured.Trust = .file(Contract.caBundlePath), serverName: String?? = nil,
        method: String = "GET", path: String? = nil, headers: [String] = [], body: String = ""
    ) -> Exchange {
        let authority = "\(host):\(port)"
        var lines = ["\(method) \(path ?? "/\(nonce)") HTTP/1.1"]
        // As clients have it: the port is a part of the name unless it is the usual one.
        if !headers.contains(where: { $0.hasPrefix("Host:") }) {
            lines.append("Host: \(port == 443 ? host : authority)")
        }
        lines += headers + ["Connection: close"]
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        let head = "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n\r\n"
        let name = serverName ?? host
        return Exchange(
            .tcp, bundle, Contract.pipelockPort,
            turns: [
                Exchange.Turn(send: Array(head.utf8), until: .headers),
                turn(lines.joined(separator: "\r\n") + "\r\n\r\n" + body),
            ],
            secured: Exchange.Secured(after: 1, serverName: name, trust: trust), timeout: secureTimeout)
    }

    /// Milliseconds: three handshakes and two certificates that are made for it.
    private static let secureTimeout = 4000

    /// Sends a text and reads until the peer closes.
    static func turn(_ text: String) -> Exchange.Turn { Exchange.Turn(send: Array(text.utf8), until: .close) }

    /// An address as it stands in a URL.
    static func bracketed(_ address: String) -> String { address.contains(":") ? "[\(address)]" : address }
}
