// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ConformanceEngine

/// What a run came to, reduced from its events; complete for a run that ended, was interrupted or died.
package struct RunRecord: Sendable, Hashable {
    /// How one requirement came out: a verdict, or nothing because the run broke off first.
    package enum Status: String, Sendable, Hashable, CaseIterable {
        case pass
        case violated
        case inconclusive
        case notApplicable = "not-applicable"
        case waived
        case harnessError = "harness-error"
        case notRun = "not-run"

        init(_ verdict: Verdict) {
            switch verdict {
            case .pass: self = .pass
            case .violated: self = .violated
            case .inconclusive: self = .inconclusive
            case .notApplicable: self = .notApplicable
            case .waived: self = .waived
            case .harnessError: self = .harnessError
            }
        }

        /// Higher is worse; a requirement with two results counts with the worse one.
        var severity: Int {
            switch self {
            case .pass: 0
            case .notApplicable: 1
            case .waived: 2
            case .notRun: 3
            case .inconclusive: 4
            case .harnessError: 5
            case .violated: 6
            }
        }
    }

    /// One selected requirement with its outcome.
    package struct Entry: Sendable, Hashable {
        package var requirement: Requirement
        package var status: Status
        /// Never empty.
        package var summary: String
        package var findings: [Finding]
        /// Time spent on this check alone; 0 when it was not run.
        package var seconds: Double

        /// The findings for a reader in a hurry: of many alike, the first few; the rest are counted.
        var digest: [Finding] {
            var seen: [Kind: Int] = [:]
            let shown = findings.filter { finding in
                seen[Kind(finding), default: 0] += 1
                return seen[Kind(finding), default: 0] <= Self.alike
            }
            var last: [Kind: Int] = [:]
            for (index, finding) in shown.enumerated() { last[Kind(finding)] = index }
            return shown.enumerated().map { index, finding in
                let more = seen[Kind(finding), default: 0] - Self.alike
                guard more > 0, last[Kind(finding)] == index else { return finding }
                return Finding(
                    finding.leg, finding.state,
                    "\(finding.text) (and \(more) more such; the JUnit report and the events file have them all)")
            }
        }

        /// How many findings of one leg and state are shown.
        private static let alike = 3

        private struct Kind: Hashable {
            let leg: Finding.Leg
            let state: Finding.State
            init(_ finding: Finding) { (leg, state) = (finding.leg, finding.state) }
        }
    }

    /// The first event, when it was seen.
    package private(set) var started: RunStarted?
    /// The last event, when it was seen: nil is a run that was killed or is still going on.
    package private(set) var ended: RunEnded?
    /// Warnings and failed launches, in order, one sentence each.
    package private(set) var warnings: [String] = []
    /// Results by requirement id, without their evidence.
    private var results: [String: CheckResult] = [:]
    /// Ids in order of arrival, for results that no selected requirement announces.
    private var arrival: [String] = []

    package init() {}

    /// The record after all of these events.
    package init(_ events: [Event]) {
        for event in events { apply(event) }
    }

    /// Takes one event in; events that tell nothing about the outcome are ignored.
    package mutating func apply(_ event: Event) {
        switch event {
        case .runStarted(let value): started = value
        case .progress, .sessionLaunched: break
        case .attemptStarted(let number, let requirements):
            warnings.append(
                "\(requirements.joined(separator: ", ")) lost evidence to a breakdown, and came to attempt \(number).")
        case .sessionFailed(let session, let message):
            warnings.append("The \(session.rawValue) session has no bottle: \(message)")
        case .checked(var result):
            result.evidence = nil
            if let known = results[result.requirement] {
                guard Status(result.judgement.verdict).severity > Status(known.judgement.verdict).severity else {
                    return
                }
            } else {
                arrival.append(result.requirement)
            }
            results[result.requirement] = result
        case .warning(let text): warnings.append(text)
        case .runEnded(let value): ended = value
        }
    }

    /// How many requirements have a result.
    package var judged: Int { results.count }

    /// Every selected requirement in order, then results of requirements nobody announced.
    package var entries: [Entry] {
        var seen: Set<String> = []
        var list: [Entry] = []
        for requirement in started?.requirements ?? [] where seen.insert(requirement.id).inserted {
            list.append(entry(requirement))
        }
        for id in arrival where seen.insert(id).inserted {
            list.append(
                entry(
                    Requirement(
                        id: id, title: "not announced at the start of the run", statement: "", why: "", probed: "",
                        remedy: "", profiles: [], mutants: [:])))
        }
        return list
    }

    private func entry(_ requirement: Requirement) -> Entry {
        guard let result = results[requirement.id] else {
            return Entry(
                requirement: requirement, status: .notRun, summary: "Not run: \(reasonNotRun).", findings: [],
                seconds: 0)
        }
        let summary = result.judgement.summary
        return Entry(
            requirement: requirement, status: Status(result.judgement.verdict),
            summary: summary.allSatisfy(\.isWhitespace) ? "The check gave no reason." : summary,
            findings: result.judgement.findings, seconds: result.seconds)
    }

    private var reasonNotRun: String {
        guard let ended else { return "the run was cut off before this check was judged, run it again" }
        guard ended.interrupted else {
            return "the run ended without a result for this check, a defect of the harness"
        }
        return "the run was interrupted\(Self.by(ended.signal)) before this check was judged, run it again"
    }

    private static func by(_ signal: Int32?) -> String {
        switch signal {
        case nil: ""
        case 1: " by SIGHUP"
        case 2: " by SIGINT"
        case 15: " by SIGTERM"
        case .some(let number): " by signal \(number)"
        }
    }

    /// What is wrong with the run as a whole that no entry tells, so that a report of green entries never looks green.
    package var defect: String? {
        guard let started else {
            // The one thing known about such a run is why.
            return warnings.last.map { "The run did not start: \($0)" }
                ?? "The run never started: the event stream has no first event."
        }
        let entries = entries
        if entries.isEmpty { return "Nothing was verified: no check was selected for \(started.profile)." }
        guard let ended else { return "The run was cut off: the event stream has no last event. Run it again." }
        if ended.interrupted { return "The run was interrupted\(Self.by(ended.signal)). Run it again." }
        let red: Set<Status> = [.violated, .inconclusive, .harnessError, .notRun]
        if ended.exitCode != 0, !entries.contains(where: { red.contains($0.status) }) {
            return "The run ended with exit code \(ended.exitCode) although no check came out red: it proves nothing."
        }
        return nil
    }

    /// What was tested, in one line: the first and last line of every report.
    package var headline: String {
        guard let started else { return "tested: nothing, no run was started" }
        let subject = started.subject
        var parts = [
            "tested: \(subject.backend) (\(subject.role.rawValue))", "profile \(started.profile)", started.tool,
        ]
        parts += subject.facts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        if started.partial { parts.append("partial: not a conformance statement") }
        return parts.joined(separator: ", ")
    }

    /// How many entries have each status, in a fixed order, for example `12 pass, 1 violated`.
    package var tally: String {
        let counts = Dictionary(grouping: entries, by: \.status).mapValues(\.count)
        let parts = Status.allCases.compactMap { status in counts[status].map { "\($0) \(status.rawValue)" } }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }

    /// Wall time and launch time as far as they were measured.
    package var timing: String {
        guard let ended else { return "wall time unknown" }
        let launch =
            ended.launchToFirstExec.map { "\(FixedPoint.text($0, digits: 0)) ms" } ?? "not measured"
        return "\(FixedPoint.text(ended.seconds, digits: 3)) s, launch to first exec: \(launch)"
    }

    /// `1 check`, `14 checks`.
    static func checks(_ count: Int) -> String { count == 1 ? "1 check" : "\(count) checks" }

    /// The command that repeats one check against the same backend.
    package func reproduction(_ id: String) -> String {
        guard let subject = started?.subject, subject.chosen else { return "bottle-conformance run --select \(id)" }
        return "bottle-conformance run --backend \(Self.shellQuoted(subject.backend)) --select \(id)"
    }

    private static func shellQuoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:@%+=,".utf8.contains(byte)
            }
        }
        guard !plain || word.isEmpty else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
