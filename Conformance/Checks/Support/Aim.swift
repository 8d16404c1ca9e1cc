// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// One thing a check tries to reach in one session; worked out the same way when declaring and when judging.
struct Aim: Sendable {
    /// Unique in the check, and equal in the bottle and in the twin.
    var key: String
    /// The object of "the guest reached".
    var deed: String
    /// The canaries that must be alive and must have seen nothing.
    var watchers: [Canary]
    /// Whether the open twin can reach its counterpart; where nothing answers, only the canaries judge.
    var comparable = true
    /// Whether the packets would be of IPv6, which some guests have no way for.
    var isOverIPv6 = false
    var accepted = Outcome.denials
    /// The neighbour that is aimed at.
    var neighbour: Session?
    /// What proves that this aim was reached, where it is not what the denial says.
    var sign: Denial.Sign?
    /// The daemon that would have logged it, where it is not the one that the denial names.
    var logDaemon: String?
    var exchange: @Sendable (Nonce) -> Exchange

    fileprivate func key(as user: String?) -> String { user.map { "\(key)@\($0)" } ?? key }
}

extension Evidence {
    /// What a reader of a pass must know when the attempts could not be made as the guest's root as well; else nothing.
    var onlyAsAgent: String {
        guard !hello.capabilities.contains("guest-root") else { return "" }
        let reason = hello.declined["guest-root"] ?? "the driver does not say why"
        return "; tried as the agent user only (\(reason))"
    }
}

extension Declaration {
    private static let healthKey = "health"

    /// Tries every aim from the guest; in the twin once only, and only what can succeed there.
    mutating func attempt(_ aims: [Aim]) {
        if description.network?.carriesIPv6 == false, aims.contains(where: \.isOverIPv6) {
            probe(IPv6Absence.key, IPv6Absence.look)
        }
        for aim in aims where session != .twin || aim.comparable {
            for user in session == .twin ? [nil] : hello.guestUsers {
                let nonce = Nonce.fresh()
                probe(
                    aim.key(as: user), nonce: nonce, user: user, canary: aim.watchers.first,
                    .exchange(aim.exchange(nonce)))
            }
        }
    }

    /// Asks pipelock for its health from the guest: the control that the guest's probe works at all.
    mutating func askHealth() {
        for user in session == .twin ? [nil] : hello.guestUsers {
            let nonce = Nonce.fresh()
            let key = Self.healthKey + (user.map { "@\($0)" } ?? "")
            probe(key, nonce: nonce, user: user, .exchange(Requests.health(nonce, at: description.bundleAddress)))
        }
    }

    /// The permitted leg that `askHealth` stands for.
    static func health(_ evidence: Evidence, in session: Session = .bottle) -> [Denial.Permitted] {
        let address = evidence[session]?.description?.bundleAddress ?? "the bundle"
        return evidence.hello.guestUsers.map { user in
            Denial.Permitted(
                key: healthKey + (user.map { "@\($0)" } ?? ""), session: session,
                what: "pipelock at \(address):\(Contract.pipelockPort)" + (user.map { " as \($0)" } ?? ""),
                proof: .header(HTTPAnswer.pipelockMarker))
        }
    }
}

extension [Aim] {
    /// The attempts that `Declaration.attempt` made of these aims in a session.
    func attempts(_ evidence: Evidence, in session: Session = .bottle) -> [Denial.Attempt] {
        let isAbsent = IPv6Absence.isClaimed(evidence)
        return flatMap { aim in
            evidence.hello.guestUsers.map { user in
                Denial.Attempt(
                    key: aim.key(as: user), session: session, deed: aim.deed + (user.map { " as \($0)" } ?? ""),
                    canaries: aim.watchers, twinKey: aim.comparable && !(aim.isOverIPv6 && isAbsent) ? aim.key : nil,
                    accepted: aim.accepted,
                    neighbour: aim.neighbour, sign: aim.sign, logDaemon: aim.logDaemon)
            }
        }
    }
}
