// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine

/// The run as GitHub-flavoured Markdown for a job's step summary.
package enum MarkdownSummary {
    private static let cell = Sanitizer(.token, sequences: .removed, limit: 1024)
    private static let block = Sanitizer(.block, sequences: .removed, limit: 4 * 1024)

    /// A heading, the conclusion, a table of every requirement, and the details of all that did not pass.
    ///
    /// `conclusion` is the sentence the console ends with.
    package static func render(_ run: RunRecord, conclusion: String) -> String {
        let entries = run.entries
        var lines = ["## bottle-conformance", "", inline(run.headline), ""]
        if !conclusion.isEmpty { lines += ["**\(inline(conclusion))**", ""] }
        if let defect = run.defect { lines += ["**\(inline(defect))**", ""] }
        lines += ["\(RunRecord.checks(entries.count)): \(run.tally); \(run.timing)", ""]
        if !entries.isEmpty {
            lines += ["| verdict | id | requirement | result |", "|---|---|---|---|"]
            lines += entries.map { entry in
                let columns = [
                    entry.status.rawValue, entry.requirement.id, entry.requirement.title, entry.summary,
                ]
                return "| \(columns.map(inline).joined(separator: " | ")) |"
            }
            lines.append("")
        }
        for entry in entries where entry.status != .pass { lines += details(entry, in: run) }
        if !run.warnings.isEmpty {
            lines += ["### Warnings", ""] + run.warnings.map { "- \(inline($0))" } + [""]
        }
        return lines.joined(separator: "\n")
    }

    private static func details(_ entry: RunRecord.Entry, in run: RunRecord) -> [String] {
        let requirement = entry.requirement
        var text = [entry.summary]
        if !requirement.probed.isEmpty { text.append("tried: \(requirement.probed)") }
        text += entry.digest.map { "\($0.state.rawValue) (\($0.leg.rawValue)): \($0.text)" }
        text.append("reproduce: \(run.reproduction(requirement.id))")
        if !requirement.remedy.isEmpty { text.append("fix: \(requirement.remedy)") }
        // In <pre>, with the markup escaped, nothing is Markdown any more, whatever a guest wrote.
        let body = text.map { XMLText.body(block.clean($0)) }.joined(separator: "\n")
        return ["### \(inline("\(requirement.id): \(entry.status.rawValue)"))", "", "<pre>", body, "</pre>", ""]
    }

    /// Text that stays text: every character with a meaning in Markdown or HTML as an entity.
    private static func inline(_ text: String) -> String {
        var output = ""
        for character in cell.clean(text).unicodeScalars {
            switch character {
            case "\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "(", ")", "#", "!", "|", "~", "&", "@", ":":
                output += "&#\(character.value);"
            default: output.unicodeScalars.append(character)
            }
        }
        // A bare `www.` is a link without any markup.
        return output.split(separator: "www.", omittingEmptySubsequences: false).joined(separator: "www&#46;")
    }
}
