// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSidecars
package import BottleSystem
package import ConformanceEngine
import Synchronization

/// The canaries around bottles of a namespaces world, and on loopback of the machine itself.
///
/// One thread serves all of them. Nothing of the harness listens on a real address that is not loopback.
package final class NamespacesField: CanaryField {
    package let hosts: [HostIdentity]
    let host: any NamespaceHost
    let geography: FieldGeography
    /// How much more time than usual its own calls are given.
    let pace: Pace
    let server: CanaryServer
    let ledger: Ledger
    package let authority: String?
    private let banner: String
    private let shared: CanaryOpener.Outcome
    private let state = Mutex(State())

    private struct State {
        var sessions: Set<Session> = []
        var ports: Set<UInt16> = []
    }

    /// The resolver a bundle is to use: the name server of the zone.
    package var resolver: String { geography.nameServer }

    /// Opens the name servers that all sessions share, and starts to serve.
    ///
    /// The networks and addresses of the geography must exist, the gateways excepted. Throws what the namespace host
    /// throws when it gives no sockets, and `.io` when the serving thread cannot be woken.
    package static func start(
        over host: any NamespaceHost, geography: FieldGeography = .world, pace: Pace = .ordinary
    ) async throws -> NamespacesField {
        let ledger = Ledger()
        let banner = freshBanner()
        let authority = try CanaryAuthority.mint()
        let shared = try await CanaryOpener(host: host).open(CanarySpot.shared(geography), ownPort: nil)
        let server: CanaryServer
        do {
            server = try CanaryServer(banner: banner, zone: geography.zone, ledger: ledger, authority: authority)
        } catch {
            for listener in shared.listeners { SocketCalls.close(listener.descriptor) }
            throw BottleError(.io, "the canaries cannot be served: no pipe to wake their thread", cause: error)
        }
        let names = geography.aliasNames.compactMapValues {
            SocketAddress($0, port: 0).map { DNSZone.Record($0.bytes) }
        }
        _ = server.serve(shared.listeners, names: names)
        return NamespacesField(
            host: host, geography: geography, pace: pace, server: server, ledger: ledger, banner: banner,
            shared: shared,
            authority: authority?.certificate)
    }

    private init(
        host: any NamespaceHost, geography: FieldGeography, pace: Pace, server: CanaryServer, ledger: Ledger,
        banner: String, shared: CanaryOpener.Outcome, authority: String?
    ) {
        self.authority = authority
        self.pace = pace
        self.host = host
        self.geography = geography
        self.server = server
        self.ledger = ledger
        self.banner = banner
        self.shared = shared
        hosts = [.machine(), .world(host.identity)]
    }

    /// Opens the canaries of a session; once for each session of a field.
    ///
    /// Throws `.internalFault` for a session that is open, `.io` when no port is free or the field is closed, and what
    /// the namespace host throws when it gives no sockets. A place that cannot be hosted is no error, but listed.
    package func open(session: Session, slug: String) async throws -> SessionField {
        guard state.withLock({ $0.sessions.insert(session).inserted }) else {
            throw BottleError(.internalFault, "the canaries of session \(session.rawValue) are open already")
        }
        do {
            return try await openOnFreePort(session, slug: slug)
        } catch {
            state.withLock { _ = $0.sessions.remove(session) }
            throw error
        }
    }

    private func openOnFreePort(_ session: Session, slug: String) async throws -> SessionField {
        for _ in 0..<16 {
            let port = reservePort()
            var outcome: CanaryOpener.Outcome
            do {
                outcome = try await CanaryOpener(host: host).open(
                    CanarySpot.session(
                        session, slug: slug, port: port, geography, isMachine: hosts[0].sharesNetwork(with: hosts[1]),
                        sharesKernel: hosts[0].sharesKernel(with: hosts[1])),
                    ownPort: port)
                if !hosts[0].sharesKernel(with: hosts[1]) {
                    outcome.unhosted[Place.hostVsock.name] = "the bottle's host is another machine than the harness's"
                }
            } catch {
                state.withLock { _ = $0.ports.remove(port) }
                throw error
            }
            // A port that somebody else holds stays reserved, so that it is not drawn again.
            if outcome.isPortTaken { continue }
            guard server.serve(outcome.listeners, names: try names(session, slug: slug)) else {
                for listener in outcome.listeners { SocketCalls.close(listener.descriptor) }
                throw BottleError(.io, "the canaries are closed; session \(session.rawValue) cannot be opened")
            }
            // The names must be known before anybody can ask for them: this returns behind the hand-over.
            _ = await server.drain([], limit: .seconds(2))
            return field(session, slug: slug, port: port, outcome)
        }
        throw BottleError(
            .io,
            "no free port for the canaries of session \(session.rawValue) after 16 tries in \(geography.portRange); "
                + "see what listens on loopback of this machine")
    }

    private func reservePort() -> UInt16 {
        state.withLock { state in
            var port = UInt16.random(in: geography.portRange)
            // Sessions and 16 tries each take a handful of a range of thousands.
            while state.ports.contains(port), state.ports.count < geography.portRange.count {
                port = UInt16.random(in: geography.portRange)
            }
            state.ports.insert(port)
            return port
        }
    }

    /// Ends as "routed" does: a match by suffix takes one for the other.
    private static let lookalike = "unrouted"
    /// What is wrong with a certificate, which is also how the canaries are told to show such a one.
    private static let badLabels = OriginCertificate.allCases.filter { $0 != .good }.map(\.rawValue)

    private func name(_ label: String, _ session: Session) -> String {
        "\(label).\(session.rawValue).\(geography.zone)"
    }

    private func names(_ session: Session, slug: String) throws -> [String: DNSZone.Record] {
        guard let offHost = geography.offHost[session].flatMap({ SocketAddress($0, port: 0) }),
            let bundle = SocketAddress(AddressPlan(slug: slug).bundle, port: 0),
            let gateway = SocketAddress(geography.gateway(slug), port: 0)
        else { throw BottleError(.internalFault, "session \(session.rawValue) has no off-host address") }
        let outside = ["allowed", "denied", "routed", Self.lookalike] + Self.badLabels
        let hosts = outside.map { name($0, session) } + lookalikes(of: name("allowed", session))
        var names = Dictionary(uniqueKeysWithValues: hosts.map { ($0, DNSZone.Record(offHost.bytes)) })
        for (address, host) in internalHosts(session, slug: slug) {
            names[host] = SocketAddress(address, port: 0).map { DNSZone.Record($0.bytes) }
        }
        for (kind, host) in shiftingHosts(session) {
            names[host] = Self.shifting(kind, outside: offHost.bytes, inside: gateway.bytes)
        }
        names[name("loop", session)] = DNSZone.Record([127, 0, 0, 1])
        names[name("bundle", session)] = DNSZone.Record(bundle.bytes)
        return names
    }

    private func shiftingHosts(_ session: Session) -> [SessionField.Shift: String] {
        Dictionary(
            uniqueKeysWithValues: SessionField.Shift.allCases.map { ($0, name("shift-\($0.rawValue)", session)) })
    }

    private static func shifting(_ kind: SessionField.Shift, outside: [UInt8], inside: [UInt8]) -> DNSZone.Record {
        switch kind {
        case .flip: DNSZone.Record(answers: [[outside], [inside]])
        case .mixed: DNSZone.Record(answers: [[outside, inside]])
        case .reversed: DNSZone.Record(answers: [[inside, outside]])
        // An IPv4 address as IPv6 writes it: a socket of either kind gets there.
        case .mapped:
            DNSZone.Record(
                answers: [[outside]], v6: [[UInt8](repeating: 0, count: 10) + [0xff, 0xff] + inside])
        }
    }

    /// What a match by suffix, and one by prefix, would take for a host.
    private func lookalikes(of host: String) -> [String] { ["x\(host)", "\(host)x.\(geography.zone)"] }

    /// One address of each kind that a proxy has to keep out of.
    private static let internalAliases: Set<String> = ["10.0.2.2", "192.168.65.254", "100.96.0.1", "169.254.1.1"]

    private func internalHosts(_ session: Session, slug: String) -> [String: String] {
        let addresses = [geography.gateway(slug)] + geography.hostAliases.filter(Self.internalAliases.contains)
        return Dictionary(
            uniqueKeysWithValues: addresses.enumerated().map { ($1, name("internal\($0)", session)) })
    }

    private func field(_ session: Session, slug: String, port: UInt16, _ outcome: CanaryOpener.Outcome) -> SessionField
    {
        SessionField(
            canaries: (outcome.listeners + shared.listeners).map(\.canary),
            unhosted: outcome.unhosted.merging(shared.unhosted) { own, _ in own },
            port: port,
            banner: banner,
            allowedHost: name("allowed", session),
            deniedHost: name("denied", session),
            routedHost: name("routed", session),
            loopbackHost: name("loop", session),
            bundleHost: name("bundle", session),
            lookalikeHost: name(Self.lookalike, session),
            lookalikesOfAllowed: lookalikes(of: name("allowed", session)),
            internalHosts: internalHosts(session, slug: slug),
            wildHost: name("wild", session),
            shiftingHosts: shiftingHosts(session),
            badHosts: Dictionary(uniqueKeysWithValues: Self.badLabels.map { ($0, name($0, session)) }),
            aliases: geography.aliasNames,
            unsafe: geography.unsafe,
            zone: geography.zone
        )
    }

    /// Letters only behind the dash, so that no banner is ever taken for a nonce.
    private static func freshBanner() -> String {
        var generator = SystemRandomNumberGenerator()
        let letters = (0..<40).map { _ in UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "z"), using: &generator) }
        return "run-" + String(decoding: letters, as: UTF8.self)
    }

    /// Everything the canaries have seen so far, the field's own controls and fences left out.
    ///
    /// A connection is one record, from its first bytes on, or from its end when it sent none.
    package func witness() async -> [WitnessRecord] { ledger.foreign }

    /// Ends the serving thread and closes every socket; idempotent. The witness stays readable.
    package func close() async { await server.stop() }
}
