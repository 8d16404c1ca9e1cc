// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// Whom a proxy is asked for.
struct Destination: CustomStringConvertible {
    let host: String
    let port: UInt16

    /// Names have no case, and the dot of the root is none of theirs.
    init(_ authority: some StringProtocol, defaultPort: UInt16) {
        let colon = authority.last == "]" ? nil : authority.lastIndex(of: ":")
        var host = String(colon.map { authority[..<$0] } ?? authority[...]).lowercased()
        if host.last == "." { host.removeLast() }
        self.host = host
        port = colon.flatMap { UInt16(authority[authority.index(after: $0)...]) } ?? defaultPort
    }

    /// Whether an authority is one that nobody could read in two ways.
    static func isSound(_ authority: some StringProtocol) -> Bool {
        authority.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789-_.:[]".unicodeScalars.contains(scalar))
        }
    }

    var description: String { "\(host):\(port)" }
}

/// Pipelock and egress of a simulated bottle, as far as plain requests and raw bytes go.
extension SimulatedNetwork {
    /// Where administration is found, if it is served at all.
    private static let administration = ["/metrics", "/api/v1/killswitch"]

    var bundlePeer: String { "\(bottle.plan.addresses.bundle):44000" }

    /// A request to egress itself, or to somebody by way of it.
    mutating func egress(_ said: [UInt8], client: String) -> [UInt8] {
        guard let request = SimulatedRequest(said), let authority = request.authority else {
            return egress(client: client)
        }
        log("egress", "request", client, "http://\(authority)\(request.target)")
        guard bottle.has(.direct) else { return pipelock([said], client: "127.0.0.1:43000").first ?? [] }
        let destination = Destination(authority, defaultPort: 80)
        guard let canary = resolve(destination.host).flatMap({ canary(at: $0, destination.port) }) else {
            return own(502, "dial failed")
        }
        return answer(canary, request.bytes, peer: bundlePeer)
    }

    mutating func egress(client: String) -> [UInt8] {
        log("egress", "request", client, "/\(nonce)")
        return Array("HTTP/1.1 404 Not Found\r\nx-egress-service: bottle-reference\r\n\r\n".utf8)
    }

    mutating func pipelock(_ turns: [[UInt8]], client: String) -> [[UInt8]] {
        let words = String(decoding: turns.first ?? [], as: UTF8.self).split(separator: "\r\n").first?
            .split(separator: " ")
        guard let words, words.count == 3 else { return [own(400, "bad request")] }
        if words[0] == "CONNECT" { return tunnel(words[1], turns.last ?? [], client) }
        var answers: [[UInt8]] = []
        for turn in turns {
            let (requests, isBroken) = SimulatedRequest.all(in: turn)
            var answer: [UInt8] = []
            for request in requests { answer += serve(request, client) }
            if isBroken { answer += own(400, "bad request") }
            answers.append(answer)
            // Nothing is read behind what was refused, or behind the last request.
            if isBroken || requests.last?.asksForClose == true { break }
        }
        return answers
    }

    private mutating func serve(_ request: SimulatedRequest, _ client: String) -> [UInt8] {
        guard let authority = request.authority else {
            let path = request.target.prefix { $0 != "?" }
            if path == "/health" {
                log("pipelock", "health", client, request.target)
                return own(200, "{\"status\": \"healthy\"}")
            }
            let isOpen = bottle.has(.adminopen) && Self.administration.contains(String(path))
            return isOpen ? own(200, "{\"kill_switch_active\":false}") : own(404, "no such endpoint")
        }
        guard Destination.isSound(authority), request.values("upgrade").isEmpty else {
            return own(400, "bad request")
        }
        let destination = Destination(authority, defaultPort: 80)
        switch decide(destination.host, connect: false) {
        case .denied(let reason): return refuse(destination, client, reason)
        case .address(let address):
            if destination.port == 9099 { return egress(client: "127.0.0.1:43000") }
            guard let canary = canary(at: address, destination.port) else { return own(502, "dial failed") }
            log("pipelock", "forward", client, "\(destination)")
            if bottle.has(.follow), let redirect = request.redirect {
                let followed = Destination(redirect.authority, defaultPort: 80)
                let next = self.canary(at: Self.isAddress(followed.host) ? followed.host : address, followed.port)
                if let next { _ = answer(next, Array("GET /\(redirect.rest) HTTP/1.1\r\n\r\n".utf8), peer: bundlePeer) }
            }
            return forward(request, to: destination, canary, isSecure: false)
        }
    }

    /// A tunnel, and raw bytes in it.
    private mutating func tunnel(_ authority: Substring, _ said: [UInt8], _ client: String) -> [[UInt8]] {
        guard Destination.isSound(authority) else { return [own(400, "bad request")] }
        let destination = Destination(authority, defaultPort: 443)
        switch decide(destination.host, connect: true) {
        case .denied(let reason): return [refuse(destination, client, reason)]
        case .address(let address):
            if destination.port == 9099 { return [Self.established, egress(client: "127.0.0.1:43000")] }
            guard let canary = canary(at: address, destination.port) else { return [own(502, "dial failed")] }
            log("pipelock", "tunnel", client, "\(destination)")
            // Where tunnels are opened, bytes that are no TLS do not pass.
            return opensTunnels ? [Self.established, []] : [Self.established, answer(canary, said, peer: bundlePeer)]
        }
    }

    private static func isAddress(_ host: String) -> Bool { host.last?.isNumber == true }

    /// Where the proxy's way out ends.
    func canary(at address: String, _ port: UInt16) -> Canary? {
        (field.canaries(at: .offHost, .http) + field.canaries(at: .hostAlias, .banner)
            + field.canaries(at: .gateway, .banner))
            .first { $0.address == address && $0.port == port }
    }

    mutating func refuse(_ destination: Destination, _ client: String, _ reason: String) -> [UInt8] {
        log("pipelock", "blocked", client, "\(destination)")
        return own(403, "blocked: \(reason)\n")
    }

    func own(_ status: Int, _ body: String) -> [UInt8] {
        Array(
            "HTTP/1.1 \(status) Whatever\r\nX-Pipelock-Service: bottle-reference\r\nConnection: close\r\n\r\n\(body)"
                .utf8)
    }
}
