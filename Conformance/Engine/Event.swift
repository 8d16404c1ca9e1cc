// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The only channel from the engine to the outside: reports are pure functions of the stream.
public enum Event: Sendable, Hashable, Codable {
    /// First event: version of the stream, subject, selected requirements, whether the selection is partial.
    case runStarted(RunStarted)
    /// Progress for people: a phase began (`launch`, `probe`, `close`), with a sentence.
    case progress(phase: String, text: String)
    case sessionLaunched(session: Session, slug: String, milliseconds: Double)
    case sessionFailed(session: Session, message: String)
    /// Another attempt at checks that lost their evidence to a breakdown, with bottles and canaries of its own; the first
    /// one is number 1 and has no event.
    case attemptStarted(number: Int, requirements: [String])
    case checked(CheckResult)
    /// Tear-down errors, sweeps and the like: shown, never a verdict.
    case warning(String)
    /// Last event of a run that was not killed.
    case runEnded(RunEnded)
}

public struct RunStarted: Sendable, Hashable, Codable {
    /// Version of the event stream.
    public var version = 1
    public var tool: String
    /// RFC 3339, UTC, whole seconds.
    public var time: String
    public var subject: Subject
    public var profile: String
    public var requirements: [Requirement]
    /// Only part of the profile was selected: not a conformance statement.
    public var partial: Bool

    public init(
        tool: String, time: String, subject: Subject, profile: String, requirements: [Requirement], partial: Bool
    ) {
        self.tool = tool
        self.time = time
        self.subject = subject
        self.profile = profile
        self.requirements = requirements
        self.partial = partial
    }
}

public struct CheckResult: Sendable, Hashable, Codable {
    public var requirement: String
    public var judgement: Judgement
    /// What came of earlier attempts, in order; none of them was a verdict.
    public var attempts: [Judgement] = []
    /// Seconds spent judging and, for checks with execs of their own, executing.
    public var seconds: Double
    public var evidence: Evidence?

    public init(requirement: String, judgement: Judgement, seconds: Double, evidence: Evidence?) {
        self.requirement = requirement
        self.judgement = judgement
        self.seconds = seconds
        self.evidence = evidence
    }
}

public struct RunEnded: Sendable, Hashable, Codable {
    public var exitCode: Int32
    public var interrupted: Bool
    public var seconds: Double
    /// From the start of a launch to the end of the first exec, milliseconds, of the bottle under test.
    public var launchToFirstExec: Double?
    /// Signal number when interrupted.
    public var signal: Int32?

    public init(exitCode: Int32, interrupted: Bool, seconds: Double, launchToFirstExec: Double?, signal: Int32? = nil) {
        self.exitCode = exitCode
        self.interrupted = interrupted
        self.seconds = seconds
        self.launchToFirstExec = launchToFirstExec
        self.signal = signal
    }
}
