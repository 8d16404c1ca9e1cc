// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
package import ConformanceEngine

/// NET-01: no spelling of loopback leads from the guest to a listener of a host.
package struct NET01NoHostLoopback: Check {
    package init() {}

    package let requirement = Requirement(
        id: "NET-01",
        title: "no loopback spelling reaches a host listener",
        statement:
            "A connection from the guest to any spelling of loopback (127.0.0.1, another address of 127/8, 0.0.0.0, ::1, "
            + "::, ::ffff:127.0.0.1) MUST NOT reach a listener of the host.",
        why:
            "Developers keep databases, browsers' debugging ports and credential helpers on loopback because only they can "
            + "reach it. An agent that reaches it owns them.",
        probed:
            "The guest connects over TCP and sends over UDP to every spelling on a random port that is free in the guest; "
            + "canaries listen there on the bottle's host and on this machine. The guest also talks to a listener of its "
            + "own, and pipelock, so that silence means something. A machine's own loopback never leaves it: where its "
            + "network has an address for the host's, that one is tried as well, and the open twin shows by it that the "
            + "canaries could be reached.",
        remedy:
            "Give the guest a network namespace of its own with its own loopback, or leave the whole of 127/8 and ::1 out "
            + "of a microVM's allowlist.",
        profiles: .seedProfiles,
        mutants: ["loop127": .violated, "hostnet": .violated, "closedtwin": .inconclusive]
    )

    private struct Spelling {
        let address: String
        /// Where it leads when it leads out of the guest, as the open twin shows.
        let place: Place
    }

    private static let spellings = [
        Spelling(address: "127.0.0.1", place: .hostLoopback), Spelling(address: "127.0.0.2", place: .hostLoopbackOther),
        Spelling(address: "0.0.0.0", place: .hostLoopback), Spelling(address: "::1", place: .hostLoopbackV6),
        Spelling(address: "::", place: .hostLoopbackV6),
        Spelling(address: "::ffff:127.0.0.1", place: .hostLoopback),
    ]
    private static let loopbacks: [Place] = [
        .hostLoopback, .hostLoopbackOther, .hostLoopbackV6, .machineLoopback, .machineLoopbackV6,
    ]
    private static let transports: [Exchange.Transport] = [.tcp, .udp]

    package func declare(_ declaration: inout Declaration) {
        guard declaration.session != .variant else { return }
        declaration.attempt(aims(declaration.field, declaration.description))
        guard declaration.session == .bottle else { return }
        declaration.askHealth()
        declaration.probe("sockets", .sockets)
        declaration.probe("self", .selfTest(address: "127.0.0.1"))
        declaration.probe("self6", .selfTest(address: "::1"))
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        guard let scene = evidence.parts(of: .bottle) else { return evidence.nothing(of: .bottle) }
        let denial = Denial(
            attempts: aims(scene.field, scene.description).attempts(evidence), permitted: Declaration.health(evidence),
            gaps: gaps(scene.field))
        return denial.judge(
            evidence,
            with: [freePort(evidence, scene.field.port), ownListener(evidence)] + ownListenerV6(evidence)
                + alias(evidence),
            pass:
                "no spelling of loopback leads to a host: \(Self.spellings.count) spellings over TCP and UDP"
                + (scene.description.network?.loopbackAlias.map { ", nor does \($0)" } ?? "") + evidence.onlyAsAgent
        )
    }

    /// Where a network has an address of its own for its host's loopback, that one is tried as well, and alone shows in the
    /// open twin that the canaries can be reached: no spelling of loopback leaves such a guest.
    private func aims(_ field: SessionField, _ description: BottleDescription) -> [Aim] {
        let alias = description.network?.loopbackAlias
        let spellings = Self.spellings + (alias.map { [Spelling(address: $0, place: .hostLoopback)] } ?? [])
        return Self.transports.flatMap { transport -> [Aim] in
            let watchers = Self.loopbacks.flatMap { CanaryNeed($0, transport).canaries(in: field) }
            return spellings.compactMap { spelling in
                guard let canary = CanaryNeed(spelling.place, transport).canaries(in: field).first else { return nil }
                let endpoint = "\(Requests.bracketed(spelling.address)):\(canary.port)"
                return Aim(
                    key: "\(spelling.address)/\(transport.rawValue)",
                    deed: "a listener on a host's loopback at \(endpoint) over \(transport.label)",
                    watchers: watchers, comparable: alias.map { $0 == spelling.address && transport == .tcp } ?? true
                ) { canary.greeting($0, to: spelling.address, zone: field.zone) }
            }
        }
    }

    /// The twin has to have the same address for it, or it proves nothing of the bottle's.
    private func alias(_ evidence: Evidence) -> [Finding] {
        guard let alias = evidence[.bottle]?.description?.network?.loopbackAlias else { return [] }
        guard evidence[.twin]?.description?.network?.loopbackAlias == alias else {
            return [
                Finding(
                    .twin, .missing,
                    "the open twin does not come to its host's loopback by \(alias), as the bottle would")
            ]
        }
        return [
            Finding(
                .twin, .holds,
                "a guest's own loopback never leaves it here; the way to the host's is \(alias), which the open twin went"
            )
        ]
    }

    private func gaps(_ field: SessionField) -> [String] {
        var needs = Self.transports.flatMap { transport in
            [Place.hostLoopback, .hostLoopbackOther, .hostLoopbackV6].map { CanaryNeed($0, transport) }
        }
        // Where the bottle's host is this machine there is no second loopback; where the harness wanted one and could
        // not have it, its witness is missing. A machine without ::1 has nothing there that could be reached.
        if field.unhosted[Place.machineLoopback.name] != nil { needs.append(CanaryNeed(.machineLoopback, .tcp)) }
        return needs.gaps(in: field)
    }

    private func freePort(_ evidence: Evidence, _ port: UInt16) -> Finding {
        guard let observation = evidence.probe("sockets")?.observation, !observation.killed,
            observation.facts["tcp"] != nil, observation.facts["udp"] != nil
        else {
            return Finding(
                .fact, .missing, "the guest's own socket tables could not be read: give the guest a /proc of its own")
        }
        let tables = ["tcp", "udp", "tcp6", "udp6"].map { observation.facts[$0] ?? "" }
        let ports = tables.joined(separator: ",").split(separator: ",").compactMap { $0.split(separator: "/").first }
        return ports.contains("\(port)")
            ? Finding(
                .fact, .missing,
                "port \(port) is in use in the guest itself, so its own listener may have answered: run again")
            : Finding(.fact, .holds, "port \(port) is free in the guest")
    }

    private func ownListener(_ evidence: Evidence) -> Finding {
        let observation = evidence.probe("self")?.observation
        guard let observation, observation.stage == .done, observation.errno == nil, !observation.killed else {
            return Finding(
                .fact, .missing,
                "the guest cannot talk to its own listener on 127.0.0.1 (\(observation?.errno ?? "no answer")), so its "
                    + "silence elsewhere proves nothing: bring its loopback up")
        }
        return Finding(.fact, .holds, "the guest talks to its own listener on 127.0.0.1")
    }

    private func ownListenerV6(_ evidence: Evidence) -> [Finding] {
        switch evidence.probe("self6")?.observation {
        case let observation? where observation.killed: [Finding(.fact, .missing, "the self-test on ::1 was killed")]
        case let observation? where observation.errno == nil && observation.stage == .done:
            [Finding(.fact, .holds, "the guest talks to its own listener on ::1")]
        case let observation?:
            [Finding(.fact, .holds, "the guest has no ::1 of its own (\(observation.errno ?? "no listener"))")]
        case nil: [Finding(.fact, .missing, "no whole answer of the probe about the guest's own ::1: run again")]
        }
    }
}
