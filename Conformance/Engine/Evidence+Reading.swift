// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver

extension Evidence {
    /// Why a session has no bottle to speak of; nil when it has one.
    public func absence(of session: Session) -> String? {
        let name =
            switch session {
            case .bottle: "the bottle under test"
            case .twin: "the open twin"
            case .variant: "the second bottle"
            }
        guard let own = self[session] else { return "\(name) was not launched: run again with the whole profile" }
        if let failure = own.failure { return "\(name) did not come up: \(failure)" }
        guard own.plan != nil, own.description != nil, own.field != nil else {
            return "\(name) has no plan, description or canaries on record: the driver has to deliver them"
        }
        return nil
    }

    /// One probe step of the check with what came back.
    public func probe(_ key: String, in session: Session = .bottle) -> ProbeOutcome? { self[session]?.probes[key] }

    /// Every record of any canary that carries the nonce, whichever session the canary was opened for.
    public func records(of nonce: String) -> [WitnessRecord] {
        Session.allCases.flatMap { self[$0]?.witness ?? [] }.filter { $0.nonces.contains(nonce) }
            // A canary that sessions share is on record in each of them.
            .reduce(into: []) { found, record in if !found.contains(record) { found.append(record) } }
    }

    /// What is wrong with the harness's own proof that a canary was alive, as a sentence; nil when it is whole.
    public func controlFault(of canary: Canary, in session: Session) -> String? {
        for moment in [ControlRecord.Moment.before, .after] {
            let records = self[session]?.controls.filter { $0.canary == canary.id && $0.moment == moment } ?? []
            let name = "the \(canary.place) canary \(canary.address):\(canary.port)"
            guard !records.isEmpty else { return "nobody checked \(name) \(moment.rawValue) the attempts: run again" }
            for record in records {
                let detail = record.detail.isEmpty ? "" : " (\(record.detail))"
                if !record.answered {
                    return
                        "\(name) did not answer the harness itself \(moment.rawValue) the attempts\(detail): run again"
                }
                if !record.routeIsOurs {
                    return
                        "\(name) is routed through an interface the harness did not make\(detail): nothing sent there "
                        + "counts"
                }
            }
        }
        return nil
    }

    /// Why a probe that had to succeed did not; nil when it did.
    func failure(of permitted: Denial.Permitted) -> String? {
        let probe = probe(permitted.key, in: permitted.session)
        guard let probe, let observation = probe.observation, !observation.killed else { return Outcome.noRun.rawValue }
        let banner = self[permitted.session]?.field?.banner ?? ""
        let outcome = Outcome.classify(observation, banner: banner, witnessHits: 0)
        switch permitted.proof {
        case .header(let name):
            guard let answer = HTTPAnswer(Array(observation.received.joined())) else { return outcome.rawValue }
            guard answer.status == 200 else { return "HTTP \(answer.status)" }
            return !answer.carries(name) ? "no header \(name)" : nil
        case .bannerThroughBundle:
            guard outcome == .reached else { return outcome.rawValue }
            let records = records(of: probe.step.nonce.text)
            guard !records.isEmpty else { return "the canary's banner came back, but the canary saw nothing" }
            let guest = self[permitted.session]?.plan?.addresses.guest
            return records.contains { $0.peerHost == guest }
                ? "the canary was visited by the guest itself and not by the bundle" : nil
        }
    }
}

extension WitnessRecord {
    /// The address part of the peer, an IPv4 address in IPv6 clothing undressed.
    public var peerHost: String {
        guard let colon = peer.lastIndex(of: ":") else { return peer }
        var host = peer[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        return String(host.hasPrefix("::ffff:") ? host.dropFirst(7) : host)
    }
}
