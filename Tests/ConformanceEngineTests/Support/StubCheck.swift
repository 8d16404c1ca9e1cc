// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

/// A check made of two closures.
struct StubCheck: Check {
    let requirement: Requirement
    let declaring: @Sendable (inout Declaration) -> Void
    let judging: @Sendable (Evidence) -> Judgement

    /// Without a judge of its own it passes when every one of its probes in every session was answered.
    init(
        _ id: String, level: Level = .must, kinds: Set<BackendKind> = Set(BackendKind.allCases),
        declare: @escaping @Sendable (inout Declaration) -> Void = { $0.probe("identity", .identity) },
        judge: @escaping @Sendable (Evidence) -> Judgement = { StubCheck.complete($0) }
    ) {
        requirement = Requirement(
            id: id, level: level, title: "Title of \(id)", statement: "", why: "", probed: "", remedy: "", kinds: kinds,
            profiles: [], mutants: [:])
        declaring = declare
        judging = judge
    }

    func declare(_ declaration: inout Declaration) { declaring(&declaration) }
    func judge(_ evidence: Evidence) -> Judgement { judging(evidence) }

    static func complete(_ evidence: Evidence) -> Judgement {
        for session in Session.allCases {
            guard let own = evidence[session], own.failure == nil else {
                return Judgement(.inconclusive, evidence[session]?.failure ?? "no session")
            }
            guard !own.probes.isEmpty, own.probes.values.allSatisfy({ $0.observation != nil }) else {
                return Judgement(.inconclusive, "no answer in \(session.rawValue)")
            }
            guard own.unfenced.isEmpty, own.controls.count == 4 else {
                return Judgement(.inconclusive, "no witness in \(session.rawValue)")
            }
        }
        return Judgement(.pass, "all answered")
    }
}
