// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
package import ConformanceEngine
import SystemPackage

extension NamespacesField {
    /// The interface of a local address.
    private static let loopback = "lo"

    /// Speaks to every canary of the session at once, from the host's network or, for the machine's own, from this process.
    package func control(_ field: SessionField, moment: ControlRecord.Moment) async -> [ControlRecord] {
        let routes = await routes(to: field.canaries)
        let attempts = await call(field.canaries, banner: field.banner)
        return attempts.map { attempt in
            let route = routes[attempt.canary.address]
            var detail = attempt.result.detail
            if let reason = route?.failure { detail += (detail.isEmpty ? "" : "; ") + "no route: \(reason)" }
            return ControlRecord(
                canary: attempt.canary.id, moment: moment, nonce: attempt.nonce, answered: attempt.result.answered,
                routeIsOurs: Self.isLocal(attempt.canary)
                    || (Self.isOnMachine(attempt.canary)
                        ? Self.isLoopback(attempt.canary.address) : route?.interface != nil),
                detail: detail)
        }
    }

    /// Closes the witness window: when it returns, whatever a guest that is gone had sent is in the witness.
    ///
    /// Two proofs together. First a packet of ours goes the same way to every canary and is seen. Then the serving
    /// thread empties the kernel's queue of every canary once more, from a moment after this call began. A gateway
    /// canary often has the second proof only: its address left with the bottle's link, so that no packet can be sent
    /// to it. That is enough there: all stacks of a world are in one kernel, which queues a packet at the receiving
    /// socket while it is being sent; taking the link down flushes what was still between the two; and nobody can
    /// send after that. So a queue that was seen empty after the link went has given up everything there ever was.
    ///
    /// - Returns: ids of canaries whose fence was not seen within 2 s, whose queue could not be emptied, or that saw
    ///   more than the witness can hold.
    package func fence(_ field: SessionField) async -> [String] {
        let routes = await routes(to: field.canaries.filter { Self.isOnLink($0) })
        let isGone = { (canary: Canary) in
            Self.isOnLink(canary) && routes[canary.address]?.interface != Self.loopback
        }
        let attempts = await call(field.canaries.filter { !isGone($0) }, banner: field.banner)
        let drained = await server.drain(Set(field.canaries.map(\.id)), limit: .seconds(2))
        var open = Set(field.canaries.map(\.id)).subtracting(drained).union(ledger.overflowed)
        for attempt in attempts where !([attempt.nonce] + attempt.earlier).contains(where: ledger.hasSeen) {
            // The link may go between the look-up and the call.
            if Self.isOnLink(attempt.canary), attempt.result.isUnreachable { continue }
            open.insert(attempt.canary.id)
        }
        return field.canaries.map(\.id).filter(open.contains)
    }

    private struct Attempt {
        let canary: Canary
        let nonce: Nonce
        var result: Vantage.Result
        /// The nonces of attempts before this one.
        var earlier: [Nonce] = []
    }

    /// Calls canaries with fresh nonces of the field's own, once more those that gave no sign within half a second.
    ///
    /// A connection that is begun while an address is still settling can be stuck for good, where a new one gets
    /// through at once. A canary that refuses or has no route is not asked again. At most two seconds in all, times the field's pace.
    private func call(_ canaries: [Canary], banner: String) async -> [Attempt] {
        var attempts = await call(canaries, banner: banner, budget: .milliseconds(500) * pace.factor)
        let silent = attempts.indices.filter { attempts[$0].result.isTimeout }
        let again = await call(silent.map { canaries[$0] }, banner: banner, budget: .milliseconds(1500) * pace.factor)
        for (index, var attempt) in zip(silent, again) {
            attempt.earlier = [attempts[index].nonce]
            attempt.result.detail = [attempts[index].result.detail, attempt.result.detail]
                .filter { !$0.isEmpty }.joined(separator: "; then: ")
            attempts[index] = attempt
        }
        return attempts
    }

    /// Calls canaries once.
    private func call(_ canaries: [Canary], banner: String, budget: Duration) async -> [Attempt] {
        let prepared = await prepare(canaries, banner: banner)
        let calls = prepared.compactMap { try? $0.call.get() }
        var results = await Vantage.run(calls, zone: geography.zone, budget: budget)[...]
        return prepared.map { canary, nonce, call in
            switch call {
            case .failure(let error):
                return Attempt(canary: canary, nonce: nonce, result: Vantage.Result(detail: "no socket: \(error)"))
            case .success:
                let result = results.removeFirst()
                // It may stand in the witness as a client that said nothing, and there is no nonce to know it by.
                if !result.sent, !result.local.isEmpty { ledger.ownSilence(canary: canary.id, peer: result.local) }
                return Attempt(canary: canary, nonce: nonce, result: result)
            }
        }
    }

    private typealias Prepared = (canary: Canary, nonce: Nonce, call: Result<Vantage.Call, any Error>)

    private func prepare(_ canaries: [Canary], banner: String) async -> [Prepared] {
        var prepared: [Prepared] = []
        for canary in canaries {
            let nonce = ledger.ownNonce()
            do {
                guard let address = SocketAddress(canary.address, port: canary.port) else {
                    throw BottleError(.internalFault, "\(canary.address) is no IP literal")
                }
                let descriptor = try await clientSocket(to: canary, address)
                let call = Vantage.Call(
                    canary: canary, address: address, nonce: nonce, descriptor: descriptor, banner: banner)
                prepared.append((canary, nonce, .success(call)))
            } catch {
                prepared.append((canary, nonce, .failure(error)))
            }
        }
        return prepared
    }

    private func clientSocket(to canary: Canary, _ address: SocketAddress) async throws -> Int32 {
        let isStream = canary.service.isStream
        let family = Self.isOnMachine(canary) ? nil : address.family.ofNetwork
        let descriptor: Int32
        if let family {
            descriptor = try await host.socket(
                in: geography.host, family: family, type: isStream ? .stream : .datagram)
        } else {
            descriptor = try SocketCalls.open(address.family, stream: isStream)
        }
        guard address.family == .unix else { return descriptor }
        do throws(Errno) {
            try SocketCalls.nameItself(descriptor)
        } catch {
            SocketCalls.close(descriptor)
            throw error
        }
        return descriptor
    }

    private struct Route {
        var interface: String?
        var failure: String?
    }

    /// Looks up, once each, how the host's network reaches the addresses of the canaries that are not the machine's.
    private func routes(to canaries: [Canary]) async -> [String: Route] {
        var routes: [String: Route] = [:]
        for address in Set(canaries.filter { !Self.isOnMachine($0) && !Self.isLocal($0) }.map(\.address)) {
            do {
                routes[address] = Route(interface: try await host.interface(to: address, in: geography.host))
            } catch {
                routes[address] = Route(failure: "\(error)")
            }
        }
        return routes
    }

    /// Its address is that of the bottle's own link, and goes with it.
    private static func isOnLink(_ canary: Canary) -> Bool {
        canary.place == .gateway || canary.place == .runtimeAPI
    }

    private static func isOnMachine(_ canary: Canary) -> Bool {
        [.machineLoopback, .machineLoopbackV6, .machineAbstract, .hostVsock].contains(canary.place)
    }

    /// No packet: the kernel hands over what is said there.
    private static func isLocal(_ canary: Canary) -> Bool {
        [.hostAbstract, .machineAbstract, .hostVsock].contains(canary.place)
    }

    private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }
}
