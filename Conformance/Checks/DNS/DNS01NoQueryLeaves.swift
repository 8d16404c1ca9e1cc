// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// DNS-01: no name a guest asks for is seen outside, whatever the transport, the type or the server asked.
package struct DNS01NoQueryLeaves: Check {
    package init() {}

    package let requirement = Requirement(
        id: "DNS-01",
        title: "no DNS query of the guest leaves by any transport",
        statement:
            "No DNS query from the guest MUST leave by any transport, to any server, of any type.",
        why:
            "A name server is a courier: a secret spelt into a host name reaches whoever owns the domain, even from a "
            + "sandbox that can connect to nothing.",
        probed:
            "The guest sends raw queries for a fresh random name (A, AAAA, TXT, NULL, PTR, ANY; UDP and TCP) to the name "
            + "server of the harness's zone, the host's resolver, the gateway, the bundle, the usual local stubs and an "
            + "unused address. Only what the harness's own name servers see counts; a local answer is no leak.",
        remedy:
            "Let nothing of the guest reach any resolver: no route to port 53, no stub that forwards, no gateway that "
            + "answers for any address. Names are the proxy's business.",
        profiles: .gateProfiles,
        mutants: [
            "open": .violated, "autoresolver": .violated, "cidronly": .violated, "plainbridge": .violated,
            "closedtwin": .inconclusive,
        ]
    )

    private static let types: [(name: String, code: UInt16)] = [
        ("A", 1), ("AAAA", 28), ("TXT", 16), ("NULL", 10), ("PTR", 12), ("ANY", 255),
    ]
    private static let streamTypes: Set<String> = ["A", "TXT"]
    private static let places: [Place] = [.nameServer, .hostResolver, .gateway]
    /// DNS, DNS over TLS, mDNS and LLMNR.
    private static let ports: Set<UInt16> = [53, 853, 5353, 5355]
    /// Stubs of container engines and of systemd, and an off-host address nobody has.
    private static let strangers = ["127.0.0.11", "127.0.0.53", "203.0.113.99"]
    /// A stub may well answer that it cannot resolve the name: only the name servers judge.
    private static let accepted = Outcome.denials.union([.nameFail])

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        declaration.attempt(aims(declaration.field, declaration.plan, declaration.description))
        if declaration.session == .bottle { declaration.askHealth() }
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let needs = [Place.nameServer, .hostResolver].flatMap { place in
            [Exchange.Transport.udp, .tcp].map { CanaryNeed(place, $0, 53) }
        }
        let aims = aims(scene.field, scene.plan, scene.description)
        let denial = Denial(
            attempts: aims.attempts(evidence), permitted: Declaration.health(evidence),
            gaps: needs.gaps(in: scene.field))
        return denial.judge(
            evidence,
            pass: "none of \(aims.count) queries was seen by a name server of the harness\(evidence.onlyAsAgent)")
    }

    private func aims(_ field: SessionField, _ plan: BottlePlan, _ description: BottleDescription) -> [Aim] {
        let servers = field.canaries(at: .nameServer)
        let watched = Self.places.flatMap { place in
            field.canaries(at: place).filter { Self.ports.contains($0.port) }
                .enumerated().flatMap { aims(on: $1, number: $0, field) }
        }
        // Nobody of ours listens there: a query counts as leaked when it is forwarded to the zone's own servers.
        let blind =
            [("gateway", plan.addresses.gateway), ("bundle", description.bundleAddress)]
            + Self.strangers.map { ($0, $0) }
        return watched
            + blind.flatMap { name, address in
                Self.types.flatMap { type -> [Aim] in
                    guard name == "gateway" || type.name == "A" else { return [] }
                    let transports: [Exchange.Transport] = type.name == "A" ? [.udp, .tcp] : [.udp]
                    return transports.map { transport in
                        aim(
                            "\(name)/\(transport.rawValue)/53/\(type.name)", type, transport, address, 53, field,
                            watchers: servers, comparable: false)
                    }
                }
            }
    }

    private func aims(on canary: Canary, number: Int, _ field: SessionField) -> [Aim] {
        let types = canary.transport == .udp ? Self.types : Self.types.filter { Self.streamTypes.contains($0.name) }
        return types.map { type in
            let key = "\(canary.place)/\(canary.transport.rawValue)/\(canary.port)#\(number)/\(type.name)"
            return aim(
                key, type, canary.transport, canary.address, canary.port, field, watchers: [canary], comparable: true)
        }
    }

    private func aim(
        _ key: String, _ type: (name: String, code: UInt16), _ transport: Exchange.Transport, _ address: String,
        _ port: UInt16, _ field: SessionField, watchers: [Canary], comparable: Bool
    ) -> Aim {
        let zone = field.zone
        let code = type.code
        let server = "\(Requests.bracketed(address)):\(port)"
        return Aim(
            key: key,
            deed: "a name server of the harness with a \(type.name) query over \(transport.label) to \(server)",
            watchers: watchers, comparable: comparable, accepted: Self.accepted
        ) { nonce in
            let id = UInt16(nonce.text.prefix(4), radix: 16) ?? 0
            let name = "\(nonce).\(zone)"
            let turn =
                transport == .udp
                ? Exchange.Turn(send: DNSQuery.bytes(name: name, type: code, id: id), until: .datagram)
                : Exchange.Turn(send: DNSQuery.tcpBytes(name: name, type: code, id: id), until: .bytes(2))
            return Exchange(transport, address, port, turns: [turn])
        }
    }
}
