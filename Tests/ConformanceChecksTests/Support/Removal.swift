// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine

/// One way of losing one piece of evidence.
struct Removal {
    let name: String
    /// One canary's part of the controls: there are hundreds of these.
    var isFine = false
    let apply: @Sendable (inout Evidence) -> Void

    /// Every single piece that this evidence could have lost.
    static func all(of evidence: Evidence) -> [Removal] {
        var removals = [Removal(name: "hosts") { $0.hosts = [] }, Removal(name: "plans") { $0.plans = [:] }]
        for key in evidence.trials.keys {
            removals.append(Removal(name: "trial \(key)") { $0.trials[key] = nil })
            removals.append(Removal(name: "decoys of trial \(key)") { $0.trials[key]?.decoys = [:] })
        }
        // A plan as a whole is lost elsewhere: without one, nothing is known for sure.
        // Where there are dozens alike, every eighth: each means judging all of them again.
        let keys = evidence.plans.keys.sorted()
        for (index, key) in keys.enumerated() where keys.count < 12 || index % 8 == 0 {
            guard let outcome = evidence.plans[key], let report = outcome.report else { continue }
            if !report.artefacts.isEmpty {
                removals.append(Removal(name: "files of plan \(key)") { $0.plans[key]?.report?.artefacts = [] })
            }
            if !report.commands.isEmpty {
                removals.append(Removal(name: "calls of plan \(key)") { $0.plans[key]?.report?.commands = [] })
            }
            removals.append(Removal(name: "second call of plan \(key)") { $0.plans[key]?.repeatable = nil })
        }
        for key in evidence.trials.keys { removals.append(Removal(name: "trial \(key)") { $0.trials[key] = nil }) }
        for session in Session.allCases {
            guard let own = evidence[session] else { continue }
            removals.append(Removal(name: "\(session)") { $0.sessions[session] = nil })
            removals += all(of: own, in: session)
        }
        return removals
    }

    private static func all(of own: SessionEvidence, in session: Session) -> [Removal] {
        var removals: [Removal] = []
        func lose(_ name: String, fine: Bool = false, _ body: @escaping @Sendable (inout SessionEvidence) -> Void) {
            let removal = Removal(name: "\(session) \(name)", isFine: fine) { evidence in
                guard var own = evidence.sessions[session] else { return }
                body(&own)
                evidence.sessions[session] = own
            }
            removals.append(removal)
        }
        lose("up") { $0.failure = "it crashed" }
        lose("plan") { $0.plan = nil }
        lose("description") { $0.description = nil }
        lose("field") { $0.field = nil }
        lose("daemons") { $0.description?.runningDaemons = [] }
        lose("listeners") { $0.description?.bundleListeners = [] }
        lose("logs") { $0.logs = [] }
        lose("nonces") { $0.issuedNonces = [] }
        lose("token") { $0.suiteToken = "" }
        lose("sources") { $0.sources = nil }
        lose("source before") { $0.sources?.before = nil }
        lose("source after") { $0.sources?.after = nil }
        lose("authorities") { $0.authorities = [:] }
        for daemon in own.authorities.keys { lose("authority of \(daemon)") { $0.authorities[daemon] = nil } }
        lose("host variables") { $0.hostVariables = [:] }
        lose("witness") { $0.witness = [] }
        lose("controls") { $0.controls = [] }
        // Each means judging all of them again: of dozens alike a part.
        for key in some(own.probes.keys.sorted()) {
            lose("probe \(key)") { $0.probes[key] = nil }
            lose("observation \(key)") { $0.probes[key]?.observation = nil }
            lose("end of \(key)") { $0.probes[key]?.observation?.killed = true }
        }
        for key in own.execs.keys {
            lose("exec \(key)") { $0.execs[key] = nil }
            lose("result \(key)") { $0.execs[key]?.result = nil }
        }
        for index in some(Array(own.controls.indices)) {
            lose("control \(index)", fine: true) { $0.controls.remove(at: index) }
            lose("answer \(index)", fine: true) { $0.controls[index].answered = false }
            lose("route \(index)", fine: true) { $0.controls[index].routeIsOurs = false }
        }
        for index in some(Array(own.logs.indices)) { lose("log \(index)") { $0.logs.remove(at: index) } }
        for index in some(Array(own.witness.indices)) { lose("record \(index)") { $0.witness.remove(at: index) } }
        for id in some((own.field?.canaries ?? []).map(\.id)) {
            lose("canary \(id)", fine: true) { $0.field?.canaries.removeAll { $0.id == id } }
            lose("fence \(id)", fine: true) { $0.unfenced.append(id) }
        }
        return removals
    }

    /// At most a few dozen of many, evenly.
    private static func some<Item>(_ items: [Item]) -> [Item] {
        stride(from: 0, to: items.count, by: max(1, items.count / 16)).map { items[$0] }
    }
}
