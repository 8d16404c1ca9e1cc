// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Foundation

/// Where one step of the probe leads in a simulated bottle, and who sees it.
struct SimulatedNetwork {
    let bottle: SimulatedBottle
    let step: ProbeStep
    var witness: [WitnessRecord] = []
    private(set) var logs: [LogRecord] = []
    var nonce: String { step.nonce.text }
    var field: SessionField { bottle.field }

    /// What the probe was told to do before.
    let earlier: [ProbeStep]

    init(bottle: SimulatedBottle, step: ProbeStep, others: [ProbeStep] = []) {
        self.bottle = bottle
        self.step = step
        earlier = others.filter { other in
            step.phase == .after ? other.phase != .after : step.phase == .during && other.phase == .before
        }
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
            if let secured = exchange.secured { return converse(secured, turns, client: client) }
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
        return done([answer(canary, turns.first ?? [], peer: peer)])
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
        return done([answer(canary, [], peer: "cid:1:4000")])
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
            return done(pipelock(turns, client: client))
        case 9099:
            if bottle.has(.egressoff) { return failed("ECONNREFUSED") }
            return done([egress(turns.first ?? [], client: client)])
        default: return failed("ECONNREFUSED")
        }
    }

    /// What a canary says to somebody, and keeps of it.
    ///
    /// - Parameter serverName: Whom TLS was for; nil for a conversation in plain.
    mutating func answer(_ canary: Canary, _ said: [UInt8], peer: String, serverName: String? = nil) -> [UInt8] {
        let nonces = NonceScan.runs(in: said)
        witness.append(
            WitnessRecord(
                canary: canary.id, time: 1, peer: peer, nonces: nonces.isEmpty ? [nonce] : nonces, bytes: said,
                serverName: serverName))
        let banner = "BOTTLE-CANARY \(field.banner)\n"
        guard canary.service == .http, let request = SimulatedRequest(said) else {
            return [.dnsUDP, .dnsTCP].contains(canary.service) ? [0, 0, 0x84, 3] : Array(banner.utf8)
        }
        let credentials = request.values("authorization")
        let seen = credentials.joined(separator: "|")
        var page = """
            authorization: \(credentials.isEmpty ? "none" : seen)
            host: \(request.values("host").first ?? "")
            path: \(request.target)

            """
        if !credentials.isEmpty {
            page += "base64: \(Data(seen.utf8).base64EncodedString())\nhex: \(Hex.encode(Array(seen.utf8)))\n"
        }
        let redirect = request.redirect
        let status = redirect?.status ?? (request.target.hasPrefix("/error/") ? 500 : 200)
        let location = redirect.map { "Location: http://\($0.authority)/\($0.rest)\r\n" } ?? ""
        return Array(
            "HTTP/1.1 \(status) Whatever\r\n\(location)Content-Type: text/plain\r\n\r\n\(banner)\(page)".utf8)
    }

    mutating func log(_ daemon: String, _ event: String, _ client: String, _ target: String) {
        logs.append(
            LogRecord(
                daemon: daemon, time: "2026-11-21T10:00:00Z", event: event, client: client, target: target, nonce: nonce
            ))
    }

    func done(_ received: [[UInt8]]) -> Observation {
        Observation(stage: .done, elapsedMilliseconds: 3, received: received)
    }

    func failed(_ errno: String) -> Observation {
        Observation(stage: .connect, errno: errno, elapsedMilliseconds: 1)
    }
}
