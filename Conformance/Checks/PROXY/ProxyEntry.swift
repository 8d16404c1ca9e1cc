// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

/// One way of asking a proxy for a host.
struct ProxyEntry: Sendable {
    let key: String
    /// As it stands after "through the proxy by".
    let title: String
    /// The port at which the host would be reached.
    let port: UInt16
    /// The conversation, given host, nonce and the bundle's address.
    let exchange: @Sendable (_ host: String, _ nonce: Nonce, _ bundle: String) -> Exchange

    /// Every proxy has these two; a denial by the others is judged only where they exist.
    static let mandatory: Set<String> = ["connect-443", "get"]

    static let all: [ProxyEntry] = [
        ProxyEntry(key: "connect-443", title: "CONNECT to port 443 and TLS", port: 443) { host, nonce, bundle in
            Requests.secure(host, nonce, via: bundle, port: 443, trust: .anybody)
        },
        ProxyEntry(key: "connect-80", title: "CONNECT to port 80 and TLS", port: 80) { host, nonce, bundle in
            Requests.secure(host, nonce, via: bundle, port: 80, trust: .anybody)
        },
        ProxyEntry(key: "get", title: "absolute-form GET", port: 80) { host, nonce, bundle in
            Requests.absolute(host, nonce, via: bundle)
        },
        ProxyEntry(key: "post", title: "absolute-form POST", port: 80) { host, nonce, bundle in
            Requests.absolute(
                host, nonce, via: bundle, method: "POST", headers: ["Content-Type: text/plain"], body: "\(nonce)\n")
        },
        ProxyEntry(key: "fetch", title: "/fetch", port: 80) { host, nonce, bundle in
            Requests.get("/fetch?url=http://\(host)/\(nonce)", host: local(bundle), to: bundle, Contract.pipelockPort)
        },
        ProxyEntry(key: "ws", title: "/ws", port: 80) { host, nonce, bundle in
            upgrade("/ws?url=ws://\(host)/\(nonce)", host: local(bundle), to: "websocket", via: bundle)
        },
        ProxyEntry(key: "origin", title: "origin-form GET with a Host header", port: 80) { host, nonce, bundle in
            Requests.get("/\(nonce)", host: host, to: bundle, Contract.pipelockPort)
        },
        ProxyEntry(key: "upgrade", title: "a WebSocket upgrade", port: 80) { host, nonce, bundle in
            upgrade("http://\(host)/\(nonce)", host: host, to: "websocket", via: bundle)
        },
        ProxyEntry(key: "h2c", title: "an upgrade to HTTP/2", port: 80) { host, nonce, bundle in
            upgrade("http://\(host)/\(nonce)", host: host, to: "h2c", via: bundle)
        },
        ProxyEntry(key: "h2", title: "HTTP/2 with prior knowledge", port: 80) { host, nonce, bundle in
            let turn = Exchange.Turn(send: http2(host: host, path: "/\(nonce)"), until: .close)
            return Exchange(.tcp, bundle, Contract.pipelockPort, turns: [turn])
        },
    ]

    private static func local(_ bundle: String) -> String { "\(bundle):\(Contract.pipelockPort)" }

    private static func upgrade(_ target: String, host: String, to name: String, via bundle: String) -> Exchange {
        let extra =
            name == "h2c"
            ? "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
            : "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        let head = "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nUpgrade: \(name)\r\n\(extra)\r\n"
        return Exchange(.tcp, bundle, Contract.pipelockPort, turns: [Requests.turn(head)])
    }

    /// The client preface, empty settings, and one request as literal header fields (RFC 9113, RFC 7541).
    private static func http2(host: String, path: String) -> [UInt8] {
        func field(_ index: UInt8, _ value: String) -> [UInt8] {
            let bytes = value.utf8.prefix(126)
            return [index, UInt8(bytes.count)] + bytes
        }
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        // GET and http from the static table; :authority and :path are its entries 1 and 4.
        let block: [UInt8] = [0x82, 0x86] + field(1, host) + field(4, path)
        let length = UInt16(clamping: block.count)
        let head: [UInt8] = [0, UInt8(length >> 8), UInt8(length & 0xff), 1, 5, 0, 0, 0, 1]
        return Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings + head + block
    }
}
