// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore

extension PipelockServer {
    /// Answers requests for the proxy itself: its health, and the endpoints that take a URL.
    func serveOrigin(_ path: String, _ client: Connection, _ reader: ByteReader, _ head: RequestHead) async {
        guard head.fields.values("upgrade").isEmpty || path.hasPrefix("/ws") else {
            await block(client, reader, head, 400, "protocol upgrades are not offered")
            return
        }
        let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        switch parts[0] {
        case "/health":
            guard head.method == "GET" || head.method == "HEAD" else {
                await block(client, reader, head, 405, "/health takes GET and HEAD")
                return
            }
            requests.record(client, "health", head)
            await requests.answer(
                200, health(), to: client, reader, method: head.method, contentType: "application/json")
        case "/fetch", "/ws":
            await serveFetch(query: parts.count == 2 ? String(parts[1]) : "", client, reader, head)
        case "/metrics", "/api/v1/killswitch":
            guard settings.faults.contains(.adminopen) else { fallthrough }
            requests.record(client, "request", head, detail: "administration")
            await requests.answer(
                200, "{\"kill_switch_active\":false}\n", to: client, reader, method: head.method,
                contentType: "application/json")
        default:
            requests.record(client, "request", head, detail: "no such path")
            await requests.answer(404, "404 page not found\n", to: client, reader, method: head.method)
        }
    }

    /// The same decision as for every other way in; what it would let through is not offered here.
    private func serveFetch(query: String, _ client: Connection, _ reader: ByteReader, _ head: RequestHead) async {
        do throws(Policy.Denial) {
            guard let host = Self.host(inQuery: query) else { throw Policy.Denial("no usable url parameter") }
            await policy.lookUpFirst(host, resolver: resolver)
            try policy.screen(host, by: .fetch)
        } catch {
            await block(client, reader, head, error)
            return
        }
        requests.record(client, "request", head, detail: "not offered")
        await requests.answer(501, "not offered by this reference\n", to: client, reader, method: head.method)
    }

    /// The host of the one `url` parameter; nil when it is missing, repeated or no URL.
    private static func host(inQuery query: String) -> HostSpec? {
        let values = query.split(separator: "&").filter { $0.hasPrefix("url=") }
        guard values.count == 1, let url = percentDecoded(values[0].dropFirst(4)),
            let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://")
        else { return nil }
        let rest = url[url.index(colon, offsetBy: 3)...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return HostPort(authority: authority, defaultPort: 80)?.host
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                return nil
            }
            bytes.append(UInt8(high << 4 | low))
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private func health() -> String {
        """
        {"status":"healthy","version":"bottle-reference","mode":"\(settings.config.mode.rawValue)",\
        "uptime_seconds":\(uptimeSeconds),"forward_proxy_enabled":\(settings.config.isForwardProxy),\
        "tls_interception_enabled":\(settings.tls != nil),\
        "request_body_scan_enabled":\(settings.config.secrets.scansBodies),"kill_switch_active":false,\
        "service":"pipelock"}

        """
    }
}
