// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// MULTI-01: a bottle reaches nothing of another bottle of the same backend.
///
/// Frames of its own making (AF_PACKET, forged ARP) are left to NET-09: who may send them needs no neighbour to do harm.
package struct MULTI01NeighbourOutOfReach: NeighbourCheck {
    package init() {}

    package let requirement = Requirement(
        id: "MULTI-01",
        title: "a bottle cannot reach its neighbour",
        statement:
            "A bottle MUST NOT reach another bottle of the same backend: neither its guest, nor its bundle on any of its "
            + "daemons' ports, nor the host's end of its network, directly or through its own pipelock.",
        why:
            "Agents of different tasks run beside each other. One that reaches another's bundle has its allowlist and, "
            + "with egress, its credentials; one that reaches another's guest can talk the agent there into anything.",
        probed:
            "While a second closed bottle is up, the guest tries the ports of that bottle's bundle, a listener in its "
            + "guest, and the canaries at its gateway, and asks its own pipelock for them by CONNECT and GET. The daemons' "
            + "logs, the listener and the canaries there must not show it. Before and after, the second bottle must reach "
            + "its own bundle and its own listener, and the open twin must reach that bundle and gateway meanwhile.",
        remedy:
            "Give every bottle a network of its own, let nothing forward between them, and let the guest's policy name "
            + "one address and not a range.",
        profiles: .fullProfiles,
        mutants: ["sharednet": .violated, "hostnet": .violated, "closedtwin": .inconclusive, "mutelog": .inconclusive]
    )

    static let listener = "listener"
    /// Milliseconds: longer than bottles wait for each other.
    private static let listening = 90_000
    /// Milliseconds in which the listener has to come up on a busy machine.
    private static let patience = 10_000

    private static let transports: [Exchange.Transport] = [.tcp, .udp]
    /// Daemons with the ports on which others might find them, and how each answers.
    private static let daemons: [(name: String, port: UInt16, sign: Denial.Sign)] = [
        ("pipelock", Contract.pipelockPort, .header(HTTPAnswer.pipelockMarker)),
        ("egress", Contract.egressPort, .header(HTTPAnswer.egressMarker)),
        ("git-gate", Contract.gitGatePort, .banner), ("supervise", Contract.supervisePort, .banner),
    ]
    private static let gateways = [CanaryNeed(.gateway, .tcp), CanaryNeed(.gateway, .udp)]

    // MARK: - What is tried

    package func declareMeeting(_ declaration: inout Declaration) {
        guard declaration.session == .variant else {
            guard let neighbour = declaration.neighbour else { return }
            declaration.attempt(Self.aims(at: neighbour, from: declaration.description.bundleAddress))
            if declaration.session == .bottle { declaration.askHealth() }
            return
        }
        let own = Nonce.fresh()
        let guest = Self.address(declaration.plan, declaration.description)
        let port = declaration.field.port
        declaration.probe(
            Self.listener, nonce: own, phase: .throughout,
            .listen(
                address: "0.0.0.0", port: port, banner: Array(declaration.field.banner.utf8), timeout: Self.listening))
        for phase in Self.moments {
            for transport in Self.transports {
                // The last greeting is the listener's own nonce, which ends it.
                let nonce = phase == .after ? own : Nonce.fresh()
                var exchange = Requests.greeting(nonce, over: transport, to: guest, port)
                exchange.timeout = Self.patience
                declaration.probe(Self.greeting(transport, phase), nonce: nonce, phase: phase, .awaited(exchange))
            }
            let health = Nonce.fresh()
            declaration.probe(
                Self.own(phase), nonce: health, phase: phase,
                .exchange(Requests.health(health, at: declaration.description.bundleAddress)))
            for daemon in Self.daemons.prefix(2) {
                let nonce = Nonce.fresh()
                declaration.probe(
                    Self.alive(daemon.name, phase), nonce: nonce, target: .bundle, phase: phase,
                    .exchange(Self.request(nonce, to: "127.0.0.1", daemon.port)))
            }
        }
    }

    private static let moments: [ProbeStep.Phase] = [.before, .after]
    static func greeting(_ transport: Exchange.Transport, _ phase: ProbeStep.Phase) -> String {
        "greeting-\(transport.rawValue)-\(phase.rawValue)"
    }
    static func own(_ phase: ProbeStep.Phase) -> String { "own-bundle-\(phase.rawValue)" }
    static func alive(_ daemon: String, _ phase: ProbeStep.Phase) -> String { "\(daemon)-\(phase.rawValue)" }

    private static func request(_ nonce: Nonce, to address: String, _ port: UInt16) -> Exchange {
        port == Contract.egressPort
            ? Requests.get("/\(nonce)", host: "\(Requests.bracketed(address)):\(port)", to: address, port)
            : Requests.health(nonce, at: address, port: port)
    }

    /// Where a guest finds a listener of its own.
    private static func address(_ plan: BottlePlan, _ description: BottleDescription) -> String {
        description.network.map { $0.address ?? "127.0.0.1" } ?? plan.addresses.guest
    }

    /// Everything of a neighbour that a guest might find, worked out the same way when declaring and when judging.
    private static func aims(at neighbour: Neighbour, from bundle: String) -> [Aim] {
        let other = neighbour.description.bundleAddress
        var aims = daemons.filter { neighbour.plan.daemons.contains($0.name) }.map { daemon in
            Aim(
                key: "bundle/\(daemon.name)",
                deed: "the neighbour's \(daemon.name) at \(other):\(daemon.port) directly over TCP", watchers: [],
                // Egress is on its bundle's loopback, where nobody else finds it.
                comparable: daemon.name != "egress", neighbour: neighbour.session, sign: daemon.sign,
                logDaemon: daemon.name
            ) { request($0, to: other, daemon.port) }
        }
        let port = neighbour.field.port
        // A guest without a leg in its bottle's network must not be found at the address that it would have there either.
        let own = address(neighbour.plan, neighbour.description)
        let guests =
            [("guest", neighbour.plan.addresses.guest)] + (neighbour.description.network == nil ? [] : [("own", own)])
        for (key, guest) in guests {
            aims += transports.map { transport in
                // Even where everything is open, the neighbour's own network lets nobody in to its guest.
                Aim(
                    key: "\(key)/\(transport.rawValue)",
                    deed: "the listener in the neighbour's guest at \(guest):\(port) directly over \(transport.label)",
                    watchers: [], comparable: false, neighbour: neighbour.session, sign: .banner
                ) { Requests.greeting($0, over: transport, to: guest, port) }
            }
        }
        aims += gateways.aims(in: neighbour.field, manner: "of its neighbour directly").map { aim in
            var aim = aim
            aim.neighbour = neighbour.session
            aim.sign = .banner
            return aim
        }
        let authority = "\(Requests.bracketed(other)):\(Contract.pipelockPort)"
        func proxied(_ key: String, _ way: String, _ exchange: @escaping @Sendable (Nonce) -> Exchange) -> Aim {
            // Its own pipelock marks what it refuses as the neighbour's marks its health, but not with the same status.
            Aim(
                key: "proxy/\(key)", deed: "the neighbour's pipelock at \(authority) through its own by \(way)",
                watchers: [], comparable: false, neighbour: neighbour.session,
                sign: .success(HTTPAnswer.pipelockMarker), logDaemon: "pipelock", exchange: exchange)
        }
        return aims + [
            proxied("connect", "CONNECT") { nonce in
                let inner = "GET /health?n=\(nonce) HTTP/1.1\r\nHost: \(authority)\r\nConnection: close\r\n\r\n"
                return Requests.connect(authority, say: inner, via: bundle)
            },
            proxied("get", "absolute-form GET") { nonce in
                let url = "http://\(authority)/health?n=\(nonce)"
                return Requests.get(url, host: authority, to: bundle, Contract.pipelockPort)
            },
        ]
    }

    // MARK: - What it means

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        guard let other = evidence.parts(of: .variant) else { return evidence.nothing(of: .variant) }
        let neighbour = Neighbour(
            session: .variant, plan: other.plan, description: other.description, field: other.field)
        let denial = Denial(
            attempts: Self.aims(at: neighbour, from: scene.description.bundleAddress).attempts(evidence),
            permitted: Declaration.health(evidence), targetProvenElsewhere: true,
            gaps: Self.gateways.gaps(in: other.field))
        let missed = Session.allCases.compactMap { session in
            evidence[session]?.missedMeeting.map {
                Finding(.attempt, .missing, "the bottles were not up together for as long as the attempts took: \($0)")
            }
        }
        return .concluding(
            Array(missed.prefix(1)) + denial.findings(evidence) + Self.life(evidence, other) + Self.heard(evidence),
            pass:
                "nothing of \(other.plan.slug) was reached, which was up beside it: neither its bundle, its guest nor its "
                + "gateway\(evidence.onlyAsAgent)")
    }

    /// The neighbour was alive before and after, by its own word and its daemons' logs.
    private static func life(_ evidence: Evidence, _ other: SessionScene) -> [Finding] {
        var findings: [Finding] = []
        for phase in moments {
            let moment = "\(phase.rawValue) the attempts"
            func note(_ holds: Bool, _ what: String, _ key: String) {
                findings.append(
                    holds
                        ? Finding(.target, .holds, "\(what) answered \(moment)")
                        : Finding(
                            .target, .missing,
                            "\(what) did not answer \(moment) (\(evidence.outcome(key, in: .variant).rawValue)), so that "
                                + "nobody else reaches it proves nothing"))
            }
            let health = evidence.answer(own(phase), in: .variant)?.isHealthyPipelock == true
            note(health, "the neighbour's bundle, asked by its own guest,", own(phase))
            for transport in transports {
                let key = greeting(transport, phase)
                note(
                    evidence.outcome(key, in: .variant) == .reached,
                    "the listener in the neighbour's guest, greeted there over \(transport.label),", key)
            }
            for daemon in daemons.prefix(2) {
                let key = alive(daemon.name, phase)
                let marker = daemon.name == "egress" ? HTTPAnswer.egressMarker : HTTPAnswer.pipelockMarker
                let isWhole = evidence.answer(key, in: .variant)?.carries(marker) == true
                note(isWhole, "the neighbour's \(daemon.name), asked inside its bundle,", key)
                let logged = evidence.probe(key, in: .variant).flatMap { probe in
                    other.log(of: daemon.name, shows: probe.step.nonce)
                }
                if logged == nil {
                    findings.append(
                        Finding(
                            .witness, .missing,
                            "the log of the neighbour's \(daemon.name) does not show what it was asked \(moment), so its "
                                + "silence proves nothing: let the driver deliver the daemon's whole log"))
                }
            }
        }
        return findings
    }

    /// What the listener in the neighbour's guest heard.
    private static func heard(_ evidence: Evidence) -> [Finding] {
        guard let step = evidence.probe(listener, in: .variant), let observation = step.observation,
            !observation.killed, let list = observation.facts["nonces"],
            let visits = observation.facts["visits"].flatMap({ Int($0) })
        else {
            return [
                Finding(
                    .witness, .missing,
                    "the listener in the neighbour's guest did not report whom it heard "
                        + "(\(evidence.probe(listener, in: .variant)?.observation?.errno ?? "no answer")): run again")
            ]
        }
        let heard = Set(list.split(separator: ",").map(String.init))
        let own = Set(
            moments.flatMap { phase in transports.map { greeting($0, phase) } }
                .compactMap { evidence.probe($0, in: .variant)?.step.nonce.text })
        let attempts = evidence[.bottle]?.probes.values.map(\.step.nonce.text) ?? []
        var findings = heard.intersection(attempts).sorted().map {
            Finding(.witness, .leak, "the listener in the neighbour's guest heard the guest say \($0)")
        }
        guard observation.stage == .done, own.isSubset(of: heard) else {
            findings.append(
                Finding(
                    .witness, .missing,
                    "the listener in the neighbour's guest did not stay to the end, or did not hear all that its own guest "
                        + "said (\(observation.errno ?? "\(visits) visits")), so its silence proves nothing: run again")
            )
            return findings
        }
        // A connection that said nothing is a visit as well.
        if visits != moments.count * transports.count {
            findings.append(
                Finding(
                    .witness, .missing,
                    "the listener in the neighbour's guest counted \(visits) visits, and its own guest made "
                        + "\(moments.count * transports.count): find out who else came there"))
        } else if findings.isEmpty {
            findings.append(
                Finding(.witness, .holds, "the listener in the neighbour's guest heard its own guest only"))
        }
        return findings
    }
}
