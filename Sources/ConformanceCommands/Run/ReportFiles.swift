// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import ConformanceReports
import FoundationEssentials

/// The files a run was asked to write; checked before anything is launched.
struct ReportFiles: Sendable {
    let junit: String?
    let events: EventFile?
    let summary: String?

    /// - Throws: `.io` for a path that cannot be written, `.usage` for the same path given twice.
    init(junit: String?, events: String?, summary: String?) throws(BottleError) {
        self.junit = junit
        self.summary = summary
        let paths = [junit, events, summary].compactMap { $0 }
        guard Set(paths.map { URL(filePath: $0).standardizedFileURL.path }).count == paths.count else {
            throw BottleError(.usage, "two reports would go to the same file; give each its own")
        }
        for path in paths { try ReportFile.check(path: path) }
        self.events = try events.map { path throws(BottleError) in try EventFile(path: path) }
    }

    /// Writes reports of a run of which nothing is known yet but why.
    func writePlaceholders(_ reason: String) {
        // What cannot be written is said at the end, when it matters.
        _ = write([.warning(reason)], conclusion: "not finished")
    }

    /// Writes the reports that are a function of all events; returns what could not be written.
    func write(_ stream: [Event], conclusion: String) -> [BottleError] {
        let record = RunRecord(stream)
        var failures: [BottleError] = []
        func write(_ path: String?, _ bytes: () throws(BottleError) -> [UInt8]) {
            guard let path else { return }
            do throws(BottleError) {
                try ReportFile.write(path: path, bytes: bytes())
            } catch {
                failures.append(error)
            }
        }
        write(junit) { Array(JUnitReport.render(record, profile: .portable).utf8) }
        write(summary) { Array(MarkdownSummary.render(record, conclusion: conclusion).utf8) }
        return failures
    }
}
