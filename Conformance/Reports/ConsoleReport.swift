// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import ConformanceEngine

/// What one event adds to the two streams; write `stderr` first, it takes a live line away before a result is printed.
package struct ConsoleOutput: Sendable, Hashable {
    /// Data: whole lines, or nothing.
    package var stdout = ""
    /// Progress: whole lines, or in live mode a line that the next output replaces.
    package var stderr = ""
}

/// The run for a person at a terminal or in a log: progress while it goes on, then every verdict and what to do.
package struct ConsoleReport: Sendable {
    private let style: ConsoleStyle
    private let live: Bool
    private let width: Int
    private var run = RunRecord()
    private var finished = false
    /// A live line stands on the terminal.
    private var dangling = false

    private static let line = Sanitizer(.line, limit: 1024)

    /// A report for a terminal of `width` columns; `color` allows ANSI colours, `live` a progress line that is redrawn.
    package init(color: Bool, live: Bool, width: Int) {
        style = ConsoleStyle(color: color)
        self.live = live
        self.width = max(40, width)
    }

    /// What this event adds to the streams. `conclusion`, the sentence that sums up, is used with the last event only.
    package mutating func handle(_ event: Event, conclusion: String = "") -> ConsoleOutput {
        run.apply(event)
        switch event {
        case .runStarted(let started):
            return ConsoleOutput(
                stdout: Self.line.clean(run.headline) + "\n",
                stderr: live ? "" : RunRecord.checks(started.requirements.count) + " to judge\n")
        case .progress(let phase, let text): return progress("\(phase): \(text)")
        case .sessionLaunched(let session, let slug, let milliseconds):
            let time = FixedPoint.text(milliseconds, digits: 0)
            return progress("launch: \(session.rawValue) is up as \(slug) after \(time) ms")
        case .sessionFailed(let session, let message):
            return lasting("launch: \(session.rawValue) failed: \(message)")
        case .attemptStarted(let number, let requirements):
            return lasting("attempt \(number): \(requirements.joined(separator: ", "))")
        case .warning(let text): return lasting("warning: \(text)")
        case .checked(let result):
            let status = RunRecord.Status(result.judgement.verdict)
            let text = "\(status.rawValue) \(result.requirement)"
            guard status == .violated || status == .harnessError else { return progress(text) }
            return lasting("\(text): \(result.judgement.summary)")
        case .runEnded: return finish(conclusion: conclusion)
        }
    }

    /// The results of a stream that broke off; nothing when the last event was handled already.
    package mutating func finish(conclusion: String) -> ConsoleOutput {
        guard !finished else { return ConsoleOutput() }
        finished = true
        let results = ConsoleResults(run: run, style: style, width: width)
        let lines = results.lines(conclusion: conclusion)
        return ConsoleOutput(stdout: lines.map { $0 + "\n" }.joined(), stderr: erased())
    }

    /// A line that the next one may replace.
    private mutating func progress(_ text: String) -> ConsoleOutput {
        let text = Self.line.clean(text)
        guard live else { return ConsoleOutput(stderr: text + "\n") }
        let prefix = erased()
        dangling = true
        let count = run.started?.requirements.count ?? 0
        // One column stays free: a full line would wrap and could not be erased.
        return ConsoleOutput(
            stderr: prefix + TextLayout.clipped("[\(run.judged)/\(count)] \(text)", to: width - 1))
    }

    /// A line that stays on the terminal.
    private mutating func lasting(_ text: String) -> ConsoleOutput {
        ConsoleOutput(stderr: erased() + Self.line.clean(text) + "\n")
    }

    private mutating func erased() -> String {
        defer { dangling = false }
        return dangling ? "\r\u{1b}[2K" : ""
    }
}
