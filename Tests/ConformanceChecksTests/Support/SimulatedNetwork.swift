// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// Where one step of the probe leads in a simulated bottle, and who sees it.
struct SimulatedNetwork {
    let bottle: SimulatedBottle
    let step: ProbeStep
    private(set) var witness: [WitnessRecord] = []
    private(set) var logs: [LogRecord] = []
    private var nonce: String { step.nonce.text }
    private var field: SessionField { bottle.field }

    /// What the probe was told to do before.
    private let earlier: [ProbeStep]

    init(bottle: SimulatedBottle, step: ProbeStep, others: [ProbeStep] = []) {
        self.bottle = bottle
        self.step = step
        earlier = step.phase == .after ? others.filter { $0.phase != .after } : []
    }

    mutating func observe() -> Observation {
        guard case .exchange(let exchange) = step.action else {
            return SimulatedExec(bottle: bottle, earlier: earlier).report(
                step.action, in: step.target, user: step.user)
        }
        let turns = exchange.turns.map(\.send)
        if exchange.transport == .vsock { return vsock(exchange.address) }
        if step.target == .bundle { return local(exchange.port, turns, client: "127.0.0.1:41000") }
        if exchange.address == bottle.plan.addresses.bundle {
            if bottle.has(.blackhole) { return failed("ENETUNREACH") }
            let client = "\(bottle.plan.addresses.guest):41000"
            if exchange.port == 9099, !bottle.isOpen, !bottle.has(.egress0000) { return failed("ECONNREFUSED") }
            return exchange.transport == .tcp ? local(exchange.port, turns, client: client) : failed("ECONNREFUSED")
        }
        guard let address = destination(exchange.address, over: exchange.transport) else {
            let isNear = isLoopback(exchange.address) || exchange.transport == .unix
            return failed(isNear ? "ECONNREFUSED" : "ENETUNREACH")
        }
        let canary = field.canaries.last { canary in
            let stream = ![.echo, .dnsUDP].contains(canary.service)
            return canary.address == address && canary.port == exchange.port
                && stream == [.tcp, .unix].contains(exchange.transport)
        }
        guard let canary else { return failed("ECONNREFUSED") }
        let peer = "\(bottle.plan.addresses.guest):42000"
        return done([answer(canary, turns.first ?? [], peer: peer, authorization: "none")])
    }

    /// A context and its port; that of the canary is the same in every context of the machine.
    private mutating func vsock(_ address: String) -> Observation {
        if address.hasSuffix(":6000") {
            return bottle.has(.agentopen)
                ? Observation(stage: .done, received: [[1]]) : Observation(stage: .receive, errno: "ECONNRESET")
        }
        guard bottle.isOpen || bottle.has(.seccompvsock) else {
            return Observation(stage: .socket, errno: bottle.kind == .microvm ? "ECONNRESET" : "EPERM")
        }
        guard let canary = field.canaries(at: .hostVsock).first else { return failed("ECONNRESET") }
        return done([answer(canary, [], peer: "cid:1:4000", authorization: "none")])
    }

    /// The address a packet of the guest arrives at outside; nil when it does not leave.
    private func destination(_ address: String, over transport: Exchange.Transport) -> String? {
        if bottle.kind == .microvm {
            if address == SimulatedBottle.loopbackAlias {
                return transport == .tcp && (bottle.isOpen || bottle.has(.loop127)) ? "127.0.0.1" : nil
            }
            // Its own loopback never leaves it, and its network carries no IPv6.
            guard !isLoopback(address), !address.contains(":") else { return nil }
            // And one of the addresses under which others offer their hosts leads nowhere, whatever the policy.
            guard address != SimulatedBottle.unofferedAlias else { return nil }
        }
        let shared = bottle.isOpen || bottle.has(.hostnet) || bottle.has(.hostexec)
        if isLoopback(address) {
            if bottle.has(.loop127), address == "127.0.0.2" { return address }
            guard shared else { return nil }
            let spellings = ["0.0.0.0": "127.0.0.1", "::ffff:127.0.0.1": "127.0.0.1", "::": "::1"]
            return spellings[address] ?? address
        }
        // A name is known to those who share the host's network, however far packets get.
        if address.hasPrefix("@") { return shared && address.hasPrefix("@host") ? address : nil }
        if shared || bottle.has(.open) || bottle.has(.plainbridge) { return address }
        let place = field.canaries.first { $0.address == address }?.place
        if bottle.has(.v6open), address.contains(":") { return address }
        let gateway: [Place] = [.gateway, .runtimeAPI]
        if bottle.has(.gwopen), place.map({ gateway.contains($0) || $0 == .hostInterface }) == true { return address }
        if bottle.has(.internalbridge), place.map(gateway.contains) == true { return address }
        if bottle.has(.hostalias), place == .hostAlias { return address }
        if bottle.has(.autoresolver) || bottle.has(.cidronly), place == .hostResolver { return address }
        return nil
    }

    private func isLoopback(_ address: String) -> Bool {
        address.hasPrefix("127.") || ["0.0.0.0", "::1", "::", "::ffff:127.0.0.1"].contains(address)
    }

    /// A port of the bundle itself.
    private mutating func local(_ port: UInt16, _ turns: [[UInt8]], client: String) -> Observation {
        switch port {
        case 8888:
            if bottle.has(.noproxy) { return failed("ECONNREFUSED") }
            if bottle.has(.tcpsink) { return done([[]]) }
            return done(pipelock(turns.map { String(decoding: $0, as: UTF8.self) }, client: client))
        case 9099:
            if bottle.has(.egressoff) { return failed("ECONNREFUSED") }
            return done([egress(client: client)])
        default: return failed("ECONNREFUSED")
        }
    }

    private mutating func egress(client: String) -> [UInt8] {
        log("egress", "request", client, "/\(nonce)")
        return Array("HTTP/1.1 404 Not Found\r\nx-egress-service: bottle-reference\r\n\r\n".utf8)
    }

    private mutating func pipelock(_ turns: [String], client: String) -> [[UInt8]] {
        let words = (turns.first ?? "").split(separator: "\r\n").first?.split(separator: " ") ?? []
        guard words.count == 3 else { return [own(400, "bad request")] }
        if words[1].hasPrefix("/health") {
            log("pipelock", "health", client, String(words[1]))
            return [own(200, "{\"status\": \"healthy\"}")]
        }
        let connect = words[0] == "CONNECT"
        guard connect || words[1].hasPrefix("http://"), !(turns.first ?? "").contains("Upgrade: ") else {
            return [own(404, "no such endpoint")]
        }
        let authority = connect ? words[1] : words[1].dropFirst(7).prefix { $0 != "/" }
        let colon = authority.lastIndex(of: ":")
        let host = String(colon.map { authority[..<$0] } ?? authority)
        let port = colon.flatMap { UInt16(authority[authority.index(after: $0)...]) } ?? (connect ? 443 : 80)
        guard let address = decide(host, connect: connect) else {
            log("pipelock", "blocked", client, String(authority))
            return [own(403, "blocked: domain not in allowlist: \(host)\n")]
        }
        let opened = connect ? [Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8)] : []
        if port == 9099 { return opened + [egress(client: "127.0.0.1:43000")] }
        guard
            let canary = (field.canaries(at: .offHost, .http) + field.canaries(at: .hostAlias, .banner))
                .first(where: { $0.address == address && $0.port == port })
        else { return [own(502, "dial failed")] }
        log("pipelock", connect ? "tunnel" : "forward", client, String(authority))
        var authorization = "none"
        if !connect, turns[0].contains("Authorization: ") { authorization = "Bearer \(Contract.placeholderToken)" }
        if !connect, host == field.routedHost {
            if bottle.has(.egressoff) { return [own(502, "dial failed")] }
            log("egress", "request", "127.0.0.1:43000", "http://\(authority)/\(nonce)")
            let own = bottle.has(.nostrip) ? "\(authorization)\r\nAuthorization: " : ""
            authorization = bottle.has(.noinject) ? "none" : "\(own)Bearer \(SimulatedBottle.token)"
        }
        let peer = "\(bottle.plan.addresses.bundle):44000"
        let said = Array((connect ? turns.last ?? "" : turns[0]).utf8)
        return opened + [answer(canary, said, peer: peer, authorization: authorization, host: host)]
    }

    /// The address the proxy dials; nil when it denies.
    private func decide(_ host: String, connect: Bool) -> String? {
        let literals = [
            "127.0.0.1", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "localhost", bottle.plan.addresses.bundle,
        ]
        let internals = [field.loopbackHost: "127.0.0.1", field.bundleHost: bottle.plan.addresses.bundle]
        let outside = field.canaries(at: .offHost).first?.address
        let alias = field.aliases[host] ?? field.canaries(at: .hostAlias).first { $0.address == host }?.address
        let resolved = literals.contains(host) ? "127.0.0.1" : internals[host] ?? alias ?? outside
        if bottle.isOpen { return resolved }
        if bottle.has(.denyall) { return nil }
        let unfiltered =
            bottle.has(.httponly) && connect || bottle.has(.connectonly) && !connect
            || bottle.has(.emptyopen) && bottle.plan.allowlist.isEmpty
        guard unfiltered || bottle.plan.allowlist.contains(host) || bottle.has(.nossrf) && literals.contains(host)
        else {
            return nil
        }
        if internals[host] != nil || literals.contains(host) { return bottle.has(.nossrf) ? "127.0.0.1" : nil }
        return outside
    }

    private func own(_ status: Int, _ body: String) -> [UInt8] {
        Array(
            "HTTP/1.1 \(status) Whatever\r\nX-Pipelock-Service: bottle-reference\r\nConnection: close\r\n\r\n\(body)"
                .utf8)
    }

    private mutating func answer(
        _ canary: Canary, _ said: [UInt8], peer: String, authorization: String, host: String = "x"
    ) -> [UInt8] {
        var seen = said
        if authorization != "none" {
            seen = Array("GET /\(nonce) HTTP/1.1\r\nHost: \(host)\r\nAuthorization: \(authorization)\r\n\r\n".utf8)
        }
        witness.append(
            WitnessRecord(canary: canary.id, time: 1, peer: peer, nonces: [nonce], bytes: seen))
        let page = "BOTTLE-CANARY \(field.banner)\n"
        switch canary.service {
        case .dnsUDP, .dnsTCP: return [0, 0, 0x84, 3]
        case .http
        where String(decoding: said.prefix(5), as: UTF8.self).contains(" /")
            || String(decoding: said.prefix(5), as: UTF8.self).contains(" h"):
            let body = page + "authorization: \(authorization)\nhost: \(host)\npath: /\(nonce)\n"
            return Array("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n\(body)".utf8)
        default: return Array(page.utf8)
        }
    }

    private mutating func log(_ daemon: String, _ event: String, _ client: String, _ target: String) {
        logs.append(
            LogRecord(
                daemon: daemon, time: "2026-11-21T10:00:00Z", event: event, client: client, target: target, nonce: nonce
            ))
    }

    private func done(_ received: [[UInt8]]) -> Observation {
        Observation(stage: .done, elapsedMilliseconds: 3, received: received)
    }

    private func failed(_ errno: String) -> Observation {
        Observation(stage: .connect, errno: errno, elapsedMilliseconds: 1)
    }
}
