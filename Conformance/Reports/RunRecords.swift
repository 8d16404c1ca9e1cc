// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleDriver
import ConformanceEngine

/// The payload of `run-started`.
struct StartRecord: Codable {
    struct SubjectRecord: Codable {
        var backend: String
        var role: Subject.Role
        var chosen: Bool
        var facts: [String: String]
    }

    struct RequirementRecord: Codable {
        var id: String
        var level: Level
        var title: String
        var statement: String
        var why: String
        var probed: String
        var remedy: String
        var kinds: [BackendKind]
        var scope: Scope
        var since: String
        var profiles: [String]
        var mutants: [String: Verdict]

        init(_ requirement: Requirement) {
            id = requirement.id
            level = requirement.level
            title = requirement.title
            statement = requirement.statement
            why = requirement.why
            probed = requirement.probed
            remedy = requirement.remedy
            // Sorted: a set has another order in every process.
            kinds = requirement.kinds.sorted { $0.rawValue < $1.rawValue }
            scope = requirement.scope
            since = requirement.since
            profiles = requirement.profiles.sorted()
            mutants = requirement.mutants
        }

        /// The runtime value again.
        var value: Requirement {
            Requirement(
                id: id, level: level, title: title, statement: statement, why: why, probed: probed, remedy: remedy,
                kinds: Set(kinds), scope: scope, since: since, profiles: Set(profiles), mutants: mutants)
        }
    }

    var tool: String
    var time: String
    var subject: SubjectRecord
    var profile: String
    var requirements: [RequirementRecord]
    var partial: Bool

    init(_ started: RunStarted) {
        tool = started.tool
        time = started.time
        subject = SubjectRecord(
            backend: started.subject.backend, role: started.subject.role, chosen: started.subject.chosen,
            facts: started.subject.facts)
        profile = started.profile
        requirements = started.requirements.map(RequirementRecord.init)
        partial = started.partial
    }

    /// The runtime value again.
    var value: RunStarted {
        RunStarted(
            tool: tool, time: time,
            subject: Subject(
                backend: subject.backend, role: subject.role, chosen: subject.chosen, facts: subject.facts),
            profile: profile, requirements: requirements.map(\.value), partial: partial)
    }
}

/// The payload of `check`.
struct CheckRecord: Codable {
    struct FindingRecord: Codable {
        var leg: Finding.Leg
        var state: Finding.State
        var text: String
    }

    /// What an earlier attempt came to.
    struct AttemptRecord: Codable {
        var verdict: Verdict
        var summary: String
        var findings: [FindingRecord]

        init(_ judgement: Judgement) {
            verdict = judgement.verdict
            summary = judgement.summary
            findings = judgement.findings.map { FindingRecord(leg: $0.leg, state: $0.state, text: $0.text) }
        }

        /// The runtime value again.
        var value: Judgement {
            Judgement(verdict, summary, findings: findings.map { Finding($0.leg, $0.state, $0.text) })
        }
    }

    var id: String
    var verdict: Verdict
    var summary: String
    var findings: [FindingRecord]
    /// Nil when the first attempt was the only one.
    var attempts: [AttemptRecord]?
    var seconds: Double
    var evidence: EvidenceRecord?

    init(_ result: CheckResult) {
        let judged = AttemptRecord(result.judgement)
        id = result.requirement
        verdict = judged.verdict
        summary = judged.summary
        findings = judged.findings
        attempts = result.attempts.isEmpty ? nil : result.attempts.map(AttemptRecord.init)
        seconds = result.seconds
        evidence = result.evidence.map(EvidenceRecord.init)
    }

    /// The runtime value again.
    var value: CheckResult {
        var result = CheckResult(
            requirement: id,
            judgement: Judgement(verdict, summary, findings: findings.map { Finding($0.leg, $0.state, $0.text) }),
            seconds: seconds, evidence: evidence?.value)
        result.attempts = attempts?.map(\.value) ?? []
        return result
    }
}

/// The payload of `run-ended`.
struct EndRecord: Codable {
    var exitCode: Int32
    var interrupted: Bool
    var seconds: Double
    var launchToFirstExecMilliseconds: Double?
    var signal: Int32?

    init(_ ended: RunEnded) {
        exitCode = ended.exitCode
        interrupted = ended.interrupted
        seconds = ended.seconds
        launchToFirstExecMilliseconds = ended.launchToFirstExec
        signal = ended.signal
    }

    /// The runtime value again.
    var value: RunEnded {
        RunEnded(
            exitCode: exitCode, interrupted: interrupted, seconds: seconds,
            launchToFirstExec: launchToFirstExecMilliseconds, signal: signal)
    }
}
