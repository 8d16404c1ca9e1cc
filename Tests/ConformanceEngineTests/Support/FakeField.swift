// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Synchronization

/// Canaries that exist on paper; a hook can hang any operation.
final class FakeField: CanaryField {
    enum Operation: String, Sendable, CaseIterable {
        case open, controlBefore = "control before", controlAfter = "control after", fence, witness, close
    }
    struct Account: Sendable {
        var operations: [String] = []
        var closed = 0
    }

    typealias Hook = @Sendable (Operation, Session?) async -> Void

    let account = Mutex(Account())
    let resolver = "203.0.113.53"
    let hosts = [HostIdentity(name: "machine", bootID: "boot", namespaces: ["mnt": "1"])]
    let hook: Hook
    let unfenced: [String]
    /// The second fence of a session arrives everywhere.
    let fencesLate: Bool
    let refusesToOpen: Session?
    let records: @Sendable () -> [WitnessRecord]

    init(
        unfenced: [String] = [], fencesLate: Bool = false, refusesToOpen: Session? = nil,
        hook: @escaping Hook = { _, _ in }, records: @escaping @Sendable () -> [WitnessRecord] = { [] }
    ) {
        self.unfenced = unfenced
        self.fencesLate = fencesLate
        self.refusesToOpen = refusesToOpen
        self.records = records
        self.hook = hook
    }

    var snapshot: Account { account.withLock { $0 } }

    private func note(_ operation: Operation, _ session: Session?) async {
        account.withLock { $0.operations.append("\(session?.rawValue ?? "-") \(operation.rawValue)") }
        await hook(operation, session)
    }

    private func session(of field: SessionField) -> Session? { Session(rawValue: field.zone) }

    func open(session: Session, slug: String) async throws -> SessionField {
        await note(.open, session)
        if session == refusesToOpen { throw BottleError(.io, "No free port for a canary.") }
        let own = Canary(
            id: "\(session.rawValue)/gateway/tcp", place: .gateway, service: .banner,
            address: AddressPlan(slug: slug).gateway, port: 20_001)
        let shared = Canary(
            id: "shared/name-server/udp", place: .nameServer, service: .dnsUDP, address: resolver, port: 53)
        return SessionField(
            canaries: [own, shared], unhosted: [:], port: 20_001, banner: "run-banner",
            allowedHost: "allowed.bottle.test", deniedHost: "denied.bottle.test", routedHost: "routed.bottle.test",
            loopbackHost: "loop.bottle.test", bundleHost: "bundle.bottle.test", zone: session.rawValue)
    }

    func control(_ field: SessionField, moment: ControlRecord.Moment) async -> [ControlRecord] {
        await note(moment == .before ? .controlBefore : .controlAfter, session(of: field))
        return field.canaries.map {
            ControlRecord(canary: $0.id, moment: moment, nonce: .fresh(), answered: true, routeIsOurs: true)
        }
    }

    func fence(_ field: SessionField) async -> [String] {
        await note(.fence, session(of: field))
        let name = "\(session(of: field)?.rawValue ?? "-") \(Operation.fence.rawValue)"
        if fencesLate, account.withLock({ $0.operations.filter { $0 == name }.count > 1 }) { return [] }
        return field.canaries.map(\.id).filter(unfenced.contains)
    }

    func witness() async -> [WitnessRecord] {
        await note(.witness, nil)
        return records()
    }

    func close() async {
        account.withLock { $0.closed += 1 }
        await note(.close, nil)
    }
}
