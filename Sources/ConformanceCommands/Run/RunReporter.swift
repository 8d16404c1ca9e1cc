// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import ConformanceReports
import Synchronization

/// Shows a run on the console as it goes, and writes its reports when it ends, however it ends.
final class RunReporter: Sendable {
    private struct State {
        var console: ConsoleReport
        var events: [Event] = []
        /// The first failure to write the events file; later events are not tried.
        var streamFailure: BottleError?
    }
    private let state: Mutex<State>
    private let files: ReportFiles

    init(files: ReportFiles, color: Bool) {
        self.files = files
        state = Mutex(
            State(
                console: ConsoleReport(
                    color: color, live: Console.isTerminal(2) && !Console.isDumb, width: Console.width)))
    }

    func handle(_ event: Event) {
        state.withLock { state in
            record(event, &state)
            // A report from the start: after a kill -9 an older, green one would look like this run's.
            if case .runStarted = event { _ = files.write(state.events, conclusion: "not finished") }
            // The last event waits for the conclusion, which only the finished run knows.
            if case .runEnded = event { return }
            Self.show(state.console.handle(event))
        }
    }

    /// Prints the results and writes the files.
    ///
    /// - Parameter failure: Why the run did not get going; it stands in the reports.
    /// - Returns: the run's exit code, or the harness's own when a report could not be written and nothing worse is known.
    func finish(_ conclusion: String, exitCode: Int32, failure: (any Error)? = nil) -> Int32 {
        state.withLock { state in
            if let failure { record(.warning("\(failure)"), &state) }
            let last = state.events.last { if case .runEnded = $0 { true } else { false } }
            if let last { Self.show(state.console.handle(last, conclusion: conclusion)) }
            if last == nil, failure == nil, !state.events.isEmpty {
                Self.show(state.console.finish(conclusion: conclusion))
            }
            let failures =
                files.write(state.events, conclusion: conclusion) + (state.streamFailure.map { [$0] } ?? [])
            for failure in failures { Console.error(failure) }
            return failures.isEmpty ? exitCode : ExitCode.worst(of: [exitCode, ExitCode.harness])
        }
    }

    private func record(_ event: Event, _ state: inout sending State) {
        state.events.append(event)
        guard state.streamFailure == nil else { return }
        do throws(BottleError) { try files.events?.append(event) } catch { state.streamFailure = error }
    }

    private static func show(_ output: ConsoleOutput) {
        // stderr first: it takes a live line away before a result is printed.
        Console.raw(output.stderr, to: 2)
        Console.raw(output.stdout, to: 1)
    }
}
