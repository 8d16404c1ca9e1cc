// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The colours of the console, or none.
struct ConsoleStyle: Sendable {
    /// Whether ANSI sequences may be written at all.
    let color: Bool

    /// The word for a status, filled to `columns` and coloured.
    func mark(_ status: RunRecord.Status, columns: Int = 0) -> String {
        let word = status == .violated ? "VIOLATED" : status.rawValue
        let code =
            switch status {
            case .pass: "32"
            case .violated: "1;31"
            case .inconclusive, .harnessError, .notRun: "33"
            case .notApplicable, .waived: "36"
            }
        return paint(TextLayout.padded(word, to: columns), code)
    }

    /// The text in bold, or as it is.
    func bold(_ text: String) -> String { paint(text, "1") }

    private func paint(_ text: String, _ code: String) -> String {
        color ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
