// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine

/// The authority of a bottle that its guest is to believe.
enum BottleAuthority {
    /// The daemon whose it is: egress opens the guest's TLS where the bottle has routes, pipelock elsewhere.
    static func owner(_ plan: BottlePlan) -> String { plan.routes.isEmpty ? "pipelock" : "egress" }

    /// The authority of a session as the host has it.
    static func selected(_ scene: SessionScene) -> AuthorityEvidence? { scene.own.authorities[owner(scene.plan)] }

    /// The finding where the host shows none.
    static func missing(_ scene: SessionScene) -> Finding {
        Finding(
            .fact, .missing,
            "no certificate of \(owner(scene.plan)) was found on the host where the plan says that it is: mint it before "
                + "the launch, and run where the files of the bottle's host can be read")
    }

    /// All digests of the sessions that are known, by session and daemon.
    static func known(_ evidence: Evidence) -> [(session: Session, daemon: String, authority: AuthorityEvidence)] {
        Session.allCases.flatMap { session in
            (evidence[session]?.authorities ?? [:]).sorted { $0.key < $1.key }
                .map { (session, $0.key, $0.value) }
        }
    }
}
