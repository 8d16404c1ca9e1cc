// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The outcome of one check.
public enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
    case pass
    case violated
    case inconclusive
    case notApplicable = "not-applicable"
    case waived
    case harnessError = "harness-error"
}

/// A verdict with its reasons; what a check's `judge` returns.
public struct Judgement: Sendable, Hashable, Codable {
    public var verdict: Verdict
    /// One line of plain English: for a violation, what was reached from where.
    public var summary: String
    /// The legs of the proof, one line each, in order, as evidence for a reader.
    public var findings: [Finding]

    public init(_ verdict: Verdict, _ summary: String, findings: [Finding] = []) {
        self.verdict = verdict
        self.summary = summary
        self.findings = findings
    }
}

/// One leg of a proof.
public struct Finding: Sendable, Hashable, Codable {
    /// Which leg: the five of a denial, or `fact` for anything else.
    public enum Leg: String, Sendable, Hashable, Codable {
        /// (P) the guest reached an allowed endpoint with the same probe.
        case permitted
        /// (T) the target was alive before and after.
        case target
        /// (N) how the guest's attempt ended.
        case attempt
        /// (W) what the witness saw.
        case witness
        /// (O) the open twin reached it.
        case twin
        case fact
    }
    public enum State: String, Sendable, Hashable, Codable {
        /// The leg holds.
        case holds
        /// The leg proves a violation.
        case leak
        /// The leg's proof is missing.
        case missing
    }
    public var leg: Leg
    public var state: State
    public var text: String

    public init(_ leg: Leg, _ state: State, _ text: String) {
        self.leg = leg
        self.state = state
        self.text = text
    }
}
