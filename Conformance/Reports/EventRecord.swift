// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// One line of an event log, apart from the runtime types: what is written stays when those change.
struct EventRecord: Codable {
    /// The kinds of version 1.
    enum Kind: String, Codable {
        case runStarted = "run-started"
        case progress
        case sessionLaunched = "session-launched"
        case sessionFailed = "session-failed"
        case attemptStarted = "attempt-started"
        case check
        case warning
        case runEnded = "run-ended"
    }

    /// What every line has, of whatever version.
    struct Head: Codable {
        var v: Int
        var kind: String
    }

    /// The event that the line stands for.
    let event: Event

    init(_ event: Event) { self.event = event }

    private enum Key: String, CodingKey { case v, kind }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(EventLog.version, forKey: .v)
        func write(_ kind: Kind, _ payload: some Encodable) throws {
            try container.encode(kind, forKey: .kind)
            try payload.encode(to: encoder)
        }
        switch event {
        case .runStarted(let value): try write(.runStarted, StartRecord(value))
        case .progress(let phase, let text): try write(.progress, ProgressRecord(phase: phase, text: text))
        case .sessionLaunched(let session, let slug, let milliseconds):
            try write(.sessionLaunched, LaunchRecord(session: session, slug: slug, milliseconds: milliseconds))
        case .sessionFailed(let session, let message):
            try write(.sessionFailed, FailureRecord(session: session, message: message))
        case .attemptStarted(let number, let requirements):
            try write(.attemptStarted, AttemptRecord(number: number, requirements: requirements))
        case .checked(let value): try write(.check, CheckRecord(value))
        case .warning(let text): try write(.warning, WarningRecord(text: text))
        case .runEnded(let value): try write(.runEnded, EndRecord(value))
        }
    }

    init(from decoder: any Decoder) throws {
        let kind = try decoder.container(keyedBy: Key.self).decode(Kind.self, forKey: .kind)
        switch kind {
        case .runStarted: event = .runStarted(try StartRecord(from: decoder).value)
        case .progress:
            let record = try ProgressRecord(from: decoder)
            event = .progress(phase: record.phase, text: record.text)
        case .sessionLaunched:
            let record = try LaunchRecord(from: decoder)
            event = .sessionLaunched(session: record.session, slug: record.slug, milliseconds: record.milliseconds)
        case .sessionFailed:
            let record = try FailureRecord(from: decoder)
            event = .sessionFailed(session: record.session, message: record.message)
        case .attemptStarted:
            let record = try AttemptRecord(from: decoder)
            event = .attemptStarted(number: record.number, requirements: record.requirements)
        case .check: event = .checked(try CheckRecord(from: decoder).value)
        case .warning: event = .warning(try WarningRecord(from: decoder).text)
        case .runEnded: event = .runEnded(try EndRecord(from: decoder).value)
        }
    }

    private struct ProgressRecord: Codable {
        var phase: String
        var text: String
    }
    private struct LaunchRecord: Codable {
        var session: Session
        var slug: String
        var milliseconds: Double
    }
    private struct FailureRecord: Codable {
        var session: Session
        var message: String
    }
    private struct AttemptRecord: Codable {
        var number: Int
        var requirements: [String]
    }
    private struct WarningRecord: Codable {
        var text: String
    }
}
