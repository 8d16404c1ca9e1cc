// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

/// Looks for visitors of a session's canaries that carry no nonce anybody issued.
///
/// On a canary that only this bottle could find such a visitor is the bottle. On the machine's own loopback it may be any
/// program of the user's, so there it only leaves a doubt; and so it does on that of the bottle's host where they are one.
struct VisitorScan {
    private(set) var leaks: [Finding] = []
    private(set) var doubts: [String] = []

    init(evidence: Evidence, session: Session, canaries: [String: Canary]) {
        guard let own = evidence[session] else { return }
        var known = Set(evidence.sessions.values.flatMap(\.issuedNonces))
        for each in evidence.sessions.values {
            known.formUnion(each.probes.values.map(\.step.nonce.text))
            known.formUnion(each.execs.values.map(\.step.nonce.text))
            known.formUnion(each.controls.map(\.nonce.text))
        }
        let others = Set(
            evidence.sessions.filter { $0.key != session }.values.flatMap { $0.field?.canaries ?? [] }.map(\.id))
        var shared: Set<Place> = [.machineLoopback, .machineLoopbackV6, .machineAbstract, .hostVsock]
        if let machine = evidence.hosts.first, evidence.hosts.dropFirst().contains(where: machine.sharesNetwork) {
            shared.formUnion([.hostLoopback, .hostLoopbackOther, .hostLoopbackV6, .hostAbstract])
        }
        let bundle = [own.plan?.addresses.bundle, own.description?.bundleAddress].compactMap(\.self)
        for record in own.witness where known.isDisjoint(with: record.nonces) {
            guard let canary = canaries[record.canary], !others.contains(canary.id) else { continue }
            // A resolver is asked by the bundle itself, for names that carry no nonce.
            guard canary.service != .dnsUDP, canary.service != .dnsTCP else { continue }
            // The proxy dials the off-host canary for allowed hosts; a connection that died early says nothing. Where
            // no host is allowed, nothing is dialled either.
            guard session == .variant || !bundle.contains(record.peerHost) else { continue }
            // One that opens TLS meets a host before it knows whether to go on: a handshake for an allowed name, and no word
            // after it.
            if session != .variant, record.peerHost != own.plan?.addresses.guest, record.bytes.isEmpty,
                let name = record.serverName, own.plan?.allowlist.contains(name) == true
            {
                continue
            }
            let visit = "somebody at \(record.peer) without a nonce of this run reached the \(canary.place) canary "
            let place = "\(canary.address):\(canary.port)"
            if shared.contains(canary.place) {
                doubts.append(visit + place + ", and it may be another program of this machine: run again")
            } else if record.bytes.isEmpty, record.nonces.isEmpty, [.offHost, .offHostV6].contains(canary.place),
                own.failure != nil || (session != .variant && record.peerHost != own.plan?.addresses.guest)
            {
                // A proxy that dials an allowed host and is not told what to ask leaves the same trace: one that died with its
                // bottle, or one behind an engine's address translation, whose client was too slow.
                doubts.append(
                    visit + place
                        + " and said nothing, as the bottle's own proxy may have dialled it in vain: run again")
            } else {
                leaks.append(Finding(.witness, .leak, visit + place + ", which only this bottle could find"))
            }
        }
    }
}
