// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// The end of a console report: result table, details of everything that is not a pass, sum, conclusion, subject.
struct ConsoleResults {
    let run: RunRecord
    let style: ConsoleStyle
    /// Columns of the terminal.
    let width: Int

    private static let line = Sanitizer(.line, limit: 1024)
    private static let block = Sanitizer(.block, limit: 4 * 1024)
    /// The longest status word and two spaces.
    private static let markColumns = 16
    /// Columns below which summaries begin near the margin.
    private static let narrow = 72

    /// Every line of the end of a report; the first one is empty, the last one names the subject.
    func lines(conclusion: String) -> [String] {
        let entries = run.entries
        var lines = [""] + table(entries)
        for entry in entries where entry.status != .pass { lines += [""] + details(entry) }
        if !run.warnings.isEmpty {
            lines += [""]
            for text in run.warnings { lines += field("warning", text, indent: 0) }
        }
        lines += ["", "\(RunRecord.checks(entries.count)): \(run.tally); \(run.timing)"]
        if let defect = run.defect { lines += TextLayout.wrapped(defect, first: "", indent: 0, columns: width) }
        if !conclusion.isEmpty {
            let text = TextLayout.wrapped(Self.line.clean(conclusion), first: "", indent: 0, columns: width)
            lines += text.map(style.bold)
        }
        return lines + [Self.line.clean(run.headline)]
    }

    /// One line a requirement when every summary fits beside its title, else the summaries below.
    private func table(_ entries: [RunRecord.Entry]) -> [String] {
        let rows = entries.map { entry in
            (
                status: entry.status, id: Self.line.clean(entry.requirement.id),
                title: Self.line.clean(entry.requirement.title), summary: Self.line.clean(entry.summary)
            )
        }
        let idColumns = (rows.map { TextLayout.width($0.id) }.max() ?? 0) + 2
        let titleColumns = (rows.map { TextLayout.width($0.title) }.max() ?? 0) + 2
        let summaryStart = Self.markColumns + idColumns + titleColumns
        let wide = rows.allSatisfy { summaryStart + TextLayout.width($0.summary) <= width }
        return rows.flatMap { row in
            let mark = style.mark(row.status, columns: Self.markColumns)
            let head = mark + TextLayout.padded(row.id, to: idColumns)
            guard !wide else { return [head + TextLayout.padded(row.title, to: titleColumns) + row.summary] }
            // A narrow terminal has no room for a column of its own.
            let indent = width < Self.narrow ? 4 : Self.markColumns + idColumns
            return [head + row.title]
                + TextLayout.wrapped(row.summary, first: "", indent: indent, columns: width)
        }
    }

    private func details(_ entry: RunRecord.Entry) -> [String] {
        let requirement = entry.requirement
        let title = Self.line.clean("\(requirement.id) \(requirement.title)")
        var lines = ["\(style.mark(entry.status)): \(style.bold(title))"]
        lines += field("result", entry.summary)
        if !requirement.statement.isEmpty { lines += field(requirement.level.rawValue, requirement.statement) }
        if !requirement.why.isEmpty { lines += field("why", requirement.why) }
        if !requirement.probed.isEmpty { lines += field("tried", requirement.probed) }
        for finding in entry.digest {
            lines += field(finding.leg.rawValue, "\(finding.state.rawValue): \(finding.text)")
        }
        // Not wrapped: it is there to be copied.
        lines.append(TextLayout.padded("  reproduce", to: 14) + Self.line.clean(run.reproduction(requirement.id)))
        if !requirement.remedy.isEmpty { lines += field("fix", requirement.remedy) }
        return lines
    }

    private func field(_ label: String, _ text: String, indent: Int = 2) -> [String] {
        TextLayout.wrapped(
            Self.block.clean(text), first: String(repeating: " ", count: indent) + label, indent: indent + 12,
            columns: width)
    }
}
