// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// A session that came up, with everything a judge needs of it.
struct SessionScene {
    let own: SessionEvidence
    let plan: BottlePlan
    let description: BottleDescription
    let field: SessionField

    /// The judgement of a check that looks for the token where there is none; nil where there is one.
    var withoutToken: Judgement? {
        guard own.suiteToken.isEmpty else { return nil }
        let why = "the harness gave egress no token, so there is none to look for: run again"
        return Judgement(.inconclusive, why, findings: [Finding(.fact, .missing, why)])
    }

    /// Whether the harness's own log line of a daemon shows the nonce.
    func log(of daemon: String, shows nonce: Nonce) -> LogRecord? {
        own.logs.first { $0.daemon == daemon && $0.nonce == nonce.text }
    }
}

extension Evidence {
    /// A session that came up and stayed up; nil where `absence(of:)` says why not.
    func scene(_ session: Session) -> SessionScene? { absence(of: session) == nil ? parts(of: session) : nil }

    /// A session with all its parts, though it may have failed later: what it leaked before stays proven.
    func parts(of session: Session) -> SessionScene? {
        guard let own = self[session], let plan = own.plan,
            let description = own.description, let field = own.field
        else { return nil }
        return SessionScene(own: own, plan: plan, description: description, field: field)
    }

    /// The judgement on a check whose session is not there.
    func nothing(of session: Session) -> Judgement {
        let why = absence(of: session) ?? "nothing is known of the session"
        return Judgement(.inconclusive, why, findings: [Finding(.fact, .missing, why)])
    }

    /// How an exchange of the check ended, by what the guest itself saw.
    func outcome(_ key: String, in session: Session = .bottle) -> Outcome {
        Outcome.classify(
            probe(key, in: session)?.observation, banner: self[session]?.field?.banner ?? "", witnessHits: 0)
    }

    /// The HTTP answer an exchange read; nil when there is none, or the probe was killed.
    func answer(_ key: String, in session: Session = .bottle) -> HTTPAnswer? {
        guard let observation = probe(key, in: session)?.observation, !observation.killed else { return nil }
        return HTTPAnswer(Array(observation.received.joined()))
    }
}

extension HTTPAnswer {
    /// Pipelock itself, healthy by its own word.
    var isHealthyPipelock: Bool {
        let text = String(decoding: body.filter { $0 > 0x20 }, as: UTF8.self)
        return status == 200 && carries(Self.pipelockMarker) && text.contains("\"status\":\"healthy\"")
    }
}
