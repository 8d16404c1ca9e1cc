// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// TLS through the proxies of a simulated bottle, and what they do to the requests in it.
extension SimulatedNetwork {
    static let established = Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8)

    /// Whether TLS ends in the bundle: in an open twin every tunnel passes unread.
    var opensTunnels: Bool { !bottle.isOpen && !bottle.has(.passthrough) }

    /// A conversation whose first turn asks for a tunnel, and whose last is a request in TLS.
    mutating func converse(_ secured: Exchange.Secured, _ turns: [[UInt8]], client: String) -> Observation {
        if bottle.has(.noproxy) { return failed("ECONNREFUSED") }
        if bottle.has(.tcpsink) { return done([[]]) }
        let words = String(decoding: turns.first ?? [], as: UTF8.self).split(separator: " ")
        guard words.count > 2, words[0] == "CONNECT" else { return failed("EINVAL") }
        guard Destination.isSound(words[1]) else { return done(Self.split(own(400, "bad request"))) }
        let destination = Destination(words[1], defaultPort: 443)
        let address: String
        switch decide(destination.host, connect: true) {
        case .denied(let reason): return done(Self.split(refuse(destination, client, reason)))
        case .address(let found): address = found
        }
        // Where there are routes, egress opens what its guest sends.
        let isDead = opensTunnels && bottle.has(.egressoff) && !bottle.plan.routes.isEmpty
        guard !isDead, let canary = canary(at: address, destination.port) else {
            return done(Self.split(own(502, "dial failed")))
        }
        log("pipelock", "tunnel", client, "\(destination)")
        if let failure = handshake(secured, destination.host) {
            return Observation(
                stage: .receive, errno: "EPROTO", elapsedMilliseconds: 3, received: [Self.established],
                facts: ["tls.failure": failure])
        }
        let said = turns.last ?? []
        let answer =
            opensTunnels
            ? judge(said, in: destination, canary)
            : self.answer(canary, said, peer: bundlePeer, serverName: secured.serverName ?? "")
        return Observation(
            stage: .done, elapsedMilliseconds: 3, received: [Self.established, answer],
            facts: ["tls": "TLSv1.3", "tls.leaf": "3082", "tls.end": "clean"])
    }

    /// Why TLS does not come about; nil when it does.
    private func handshake(_ secured: Exchange.Secured, _ host: String) -> String? {
        let isCompared = opensTunnels && !bottle.has(.nosni)
        guard !isCompared || secured.serverName == host else { return "the peer refused" }
        guard case .file(let path) = secured.trust else { return nil }
        let signer = opensTunnels ? bottle.signer : .canaries
        let isTrusted = path == Contract.caBundlePath ? bottle.store.contains(signer) : written(path, signer)
        guard isTrusted else { return "the certificate is not trusted" }
        return secured.serverName == host ? nil : "the certificate is for another name"
    }

    /// Whether the probe has put this authority's certificate there itself.
    private func written(_ path: String, _ authority: SimulatedAuthority) -> Bool {
        earlier.contains { $0.action == .writeFile(path: path, bytes: Array(authority.certificate.utf8)) }
    }

    /// What comes of the requests in a tunnel that the bundle opened.
    private mutating func judge(_ said: [UInt8], in destination: Destination, _ canary: Canary) -> [UInt8] {
        guard !field.badHosts.values.contains(destination.host) || bottle.has(.insecure) else {
            return own(502, "the certificate of \(destination.host) cannot be verified\n")
        }
        var answer: [UInt8] = []
        for (index, request) in SimulatedRequest.all(in: said).requests.enumerated() {
            let asked = Destination(request.values("host").first ?? "", defaultPort: 443)
            let isCompared = !bottle.has(.nosni) && (index == 0 || !bottle.has(.firstonly))
            guard !isCompared || asked.description == destination.description else {
                return answer + own(403, "blocked: authority mismatch\n")
            }
            answer += forward(request, to: destination, canary, isSecure: true)
        }
        return answer
    }

    /// Sends a request on as pipelock does, by way of egress where a route says so.
    mutating func forward(
        _ request: SimulatedRequest, to destination: Destination, _ canary: Canary, isSecure: Bool
    ) -> [UInt8] {
        var request = request
        let serverName = isSecure ? destination.host : nil
        if !bottle.isOpen, !bottle.has(.warn), request.holdsSecret {
            // A head goes on before its body is known.
            if !request.body.isEmpty {
                request.becomeAnother()
                _ = answer(canary, request.head, peer: bundlePeer, serverName: serverName)
            }
            return own(403, "blocked: a secret\n")
        }
        request.becomeAnother()
        if isRouted(destination, isSecure: isSecure) {
            if bottle.has(.egressoff) { return own(502, "dial failed") }
            log("egress", "request", "127.0.0.1:43000", "\(destination)\(request.target)")
            if !bottle.has(.direct) { log("pipelock", "forward", "127.0.0.1:43001", "\(destination)\(request.target)") }
            if !bottle.has(.nostrip) { request.stripCredentials() }
            if !bottle.has(.noinject) {
                let isFiltered = !bottle.has(.noredact)
                if isFiltered, request.method == "TRACE" {
                    return Array("HTTP/1.1 405 No\r\nX-Egress-Service: bottle-reference\r\n\r\n".utf8)
                }
                request.fields.append((name: "Authorization", value: "Bearer \(SimulatedBottle.token)"))
                let answer = answer(canary, request.bytes, peer: bundlePeer, serverName: serverName)
                return isFiltered ? Self.covered(answer) : answer
            }
        }
        return answer(canary, request.bytes, peer: bundlePeer, serverName: serverName)
    }

    /// Without what could be read as the token in any form.
    private static func covered(_ answer: [UInt8]) -> [UInt8] {
        var rest = answer
        for (_, form) in Needles(SimulatedBottle.token).samples {
            while let found = rest.firstRange(of: form) {
                rest.replaceSubrange(found, with: repeatElement(UInt8(ascii: "*"), count: form.count))
            }
        }
        return rest
    }

    private func isRouted(_ destination: Destination, isSecure: Bool) -> Bool {
        bottle.plan.routes.contains { route in
            (route.scheme == .https) == isSecure && route.effectivePort == destination.port
                && (route.host == destination.host
                    || bottle.has(.suffixroute) && destination.host.hasSuffix(route.host))
        }
    }

    /// An answer as a probe reads it that waits for the end of a head first.
    private static func split(_ answer: [UInt8]) -> [[UInt8]] {
        guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { return [answer] }
        return [Array(answer[..<end.upperBound]), Array(answer[end.upperBound...])]
    }
}
