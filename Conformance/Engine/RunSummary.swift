// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A finished run: the same facts as its events, in one value.
public struct RunSummary: Sendable, Hashable, Codable {
    public var started: RunStarted
    /// One result a requirement, in order.
    public var results: [CheckResult]
    public var ended: RunEnded
    /// What went wrong with driver or harness, one sentence each; all of it was a warning event as well.
    public var harnessErrors: [String]

    /// What the process ends with.
    public var exitCode: Int32 { ended.exitCode }
    /// The last sentence of the run.
    public var conclusion: String { Conclusion.sentence(started: started, results: results, ended: ended) }

    public init(started: RunStarted, results: [CheckResult], ended: RunEnded, harnessErrors: [String]) {
        self.started = started
        self.results = results
        self.ended = ended
        self.harnessErrors = harnessErrors
    }
}
