// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// The visit of two simulated bottles to a third, and what the third noticed of it.
final class SimulatedMeeting {
    private let host: SimulatedBottle
    private var witness: [WitnessRecord] = []
    private var logs: [LogRecord] = []
    private var heard: [String] = []

    init(faults: Set<Fault>, kind: BackendKind) {
        host = SimulatedBottle(session: .variant, faults: faults, kind: kind)
    }

    /// Adds to the evidence of a session what it did or noticed; the host's session comes last.
    func hold(
        for check: (any NeighbourCheck)?, _ bottle: SimulatedBottle, _ hello: Hello, _ evidence: inout SessionEvidence
    ) {
        guard let check else { return }
        var declaration = Declaration(
            session: bottle.session, plan: bottle.plan, description: bottle.description, field: bottle.field,
            hello: hello, agentCommand: bottle.plan.agentCommand, sources: bottle.sources)
        if bottle.session != host.session {
            declaration.neighbour = Neighbour(
                session: host.session, plan: host.plan, description: host.description, field: host.field)
        }
        check.declareMeeting(&declaration)
        for step in declaration.probes {
            evidence.issuedNonces.insert(step.nonce.text)
            var network = SimulatedNetwork(bottle: bottle, step: step)
            var observation =
                bottle.session == host.session
                ? stay(step, among: declaration.probes) : visit(by: bottle, step)
            if observation == nil {
                observation = network.observe()
                evidence.witness += network.witness
                evidence.logs += network.logs
            }
            if bottle.has(.canned) { observation = nil }
            evidence.probes[step.key] = ProbeOutcome(step: step, observation: observation)
        }
        if bottle.session == host.session {
            evidence.witness += witness
            evidence.logs += logs
        }
        if bottle.has(.canned) {
            evidence.witness = []
            evidence.logs = []
        }
    }

    /// What the host's guest does itself; nil where it is a step like any other.
    private func stay(_ step: ProbeStep, among steps: [ProbeStep]) -> Observation? {
        switch step.action {
        case .awaited(let exchange):
            let own = host.kind == .microvm ? SimulatedBottle.ownAddress : host.plan.addresses.guest
            let isOwn = exchange.address == own
            return isOwn
                ? Observation(stage: .done, elapsedMilliseconds: 1, received: [Array(host.field.banner.utf8)])
                : Observation(stage: .connect, errno: "ECONNREFUSED")
        case .listen:
            let own = steps.filter { if case .awaited = $0.action { true } else { false } }.map(\.nonce.text)
            let nonces = Set(own + heard).sorted().joined(separator: ",")
            return Observation(stage: .done, facts: ["visits": "\(own.count + heard.count)", "nonces": nonces])
        default: return nil
        }
    }

    /// Where an attempt on the host ends; nil where it is not made on the host itself.
    private func visit(by visitor: SimulatedBottle, _ step: ProbeStep) -> Observation? {
        guard case .exchange(let exchange) = step.action else { return nil }
        let isNear = visitor.isOpen || visitor.has(.hostnet) || visitor.has(.sharednet)
        switch exchange.address {
        case host.plan.addresses.bundle:
            guard isNear else { return Self.unreachable }
            var network = SimulatedNetwork(bottle: host, step: step)
            defer { logs += network.logs }
            return network.observe()
        case host.plan.addresses.guest:
            guard visitor.has(.sharednet) else { return Self.unreachable }
            heard.append(step.nonce.text)
            return Observation(stage: .done, elapsedMilliseconds: 1, received: [Array(host.field.banner.utf8)])
        case host.plan.addresses.gateway:
            let canary = host.field.canaries(at: .gateway).first { $0.id == step.canary }
            guard isNear, let canary else { return Self.unreachable }
            let peer = "\(visitor.plan.addresses.guest):45000"
            witness.append(
                WitnessRecord(canary: canary.id, time: 1, peer: peer, nonces: [step.nonce.text], bytes: []))
            return Observation(stage: .done, elapsedMilliseconds: 1, received: [Array(host.field.banner.utf8)])
        default: return nil
        }
    }

    private static let unreachable = Observation(stage: .connect, errno: "ENETUNREACH", elapsedMilliseconds: 1)
}
