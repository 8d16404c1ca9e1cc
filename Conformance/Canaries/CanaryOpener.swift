// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import ConformanceEngine
import SystemPackage

/// Opens the sockets of canaries where they belong.
struct CanaryOpener: Sendable {
    /// What came of a list of spots.
    struct Outcome: Sendable {
        var listeners: [CanaryServer.Listener] = []
        /// Why a place is not hosted whole, by its name.
        var unhosted: [String: String] = [:]
        /// The session's own port is held by somebody else: another one may be free.
        var isPortTaken = false
    }

    let host: any NamespaceHost

    /// Opens all spots that can be opened; on a taken port, or when it throws, none stays open.
    ///
    /// Throws what the namespace host threw when not even an IPv4 socket can be had.
    func open(_ spots: [CanarySpot], ownPort: UInt16?) async throws -> Outcome {
        var outcome = Outcome()
        do {
            for spot in spots {
                try await open(spot, ownPort: ownPort, into: &outcome)
                if outcome.isPortTaken { break }
            }
        } catch {
            close(&outcome)
            throw error
        }
        if outcome.isPortTaken { close(&outcome) }
        return outcome
    }

    private func close(_ outcome: inout Outcome) {
        for listener in outcome.listeners { SocketCalls.close(listener.descriptor) }
        outcome.listeners = []
    }

    private func open(_ spot: CanarySpot, ownPort: UInt16?, into outcome: inout Outcome) async throws {
        let canary = spot.canary
        guard let address = SocketAddress(canary.address, port: canary.port) else {
            outcome.unhosted[canary.place.name] = "\(canary.address) is no address that a canary can have"
            return
        }
        if address.family == .vsock, let reason = Self.unhosted(address) {
            outcome.unhosted[canary.place.name] = reason
            return
        }
        let descriptor: Int32
        do {
            descriptor = try await socket(spot, address)
        } catch  where address.family == .ipv6 {
            outcome.unhosted[canary.place.name] = "no IPv6 socket in \(spot.network ?? "this machine"): \(error)"
            return
        }
        do throws(Errno) {
            try SocketCalls.listen(
                descriptor, at: address.family == .vsock ? address.ofAnyContext ?? address : address,
                stream: canary.service.isStream, freebind: spot.isEarly)
            outcome.listeners.append(CanaryServer.Listener(canary: canary, descriptor: descriptor))
        } catch {
            SocketCalls.close(descriptor)
            if error == .addressInUse, canary.port == ownPort {
                outcome.isPortTaken = true
            } else {
                outcome.unhosted[canary.place.name] =
                    "cannot listen on \(address) in \(spot.network ?? "this machine"): \(error)"
            }
        }
    }

    /// Why no canary can be hosted at a context, as the end of a sentence; nil when one can.
    private static func unhosted(_ address: SocketAddress) -> String? {
        do throws(Errno) {
            guard try !SocketCalls.loopsBack(address) else { return nil }
            return "this machine does not hand AF_VSOCK back to itself, so that nobody here could show that the canary "
                + "answers; load the module vsock_loopback"
        } catch {
            return "this kernel gives the harness no AF_VSOCK socket (\(error)); load the module vsock"
        }
    }

    private func socket(_ spot: CanarySpot, _ address: SocketAddress) async throws -> Int32 {
        let isStream = spot.canary.service.isStream
        guard let network = spot.network else {
            do throws(Errno) {
                return try SocketCalls.open(address.family, stream: isStream)
            } catch {
                throw BottleError(
                    .io, "cannot make a socket for canary \(spot.canary.id); raise the limit of open files?",
                    cause: error)
            }
        }
        guard let family = address.family.ofNetwork else {
            throw BottleError(.internalFault, "canary \(spot.canary.id) belongs to no network")
        }
        return try await host.socket(
            in: network, family: family, type: isStream ? .stream : .datagram)
    }
}
