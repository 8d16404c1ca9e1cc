// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A shell script without its quoted words: what is left is the same for every value that stays within its quotes.
///
/// A word in single quotes, with whatever is joined to it by `\'`, becomes one mark. Double quotes stay as they are, for
/// a shell expands what is in them; so does every comment.
struct ShellSkeleton: Hashable {
    /// Stands for a quoted word.
    private static let mark = "\u{a7}"

    let text: String

    /// Nil when a quote does not end.
    init?(_ script: String) {
        var output = ""
        var rest = Substring(script).unicodeScalars[...]
        /// Whether a `#` would begin a comment.
        var isWordStart = true
        while let scalar = rest.popFirst() {
            switch scalar {
            case "'":
                guard Self.skipQuoted(&rest) else { return nil }
                output += Self.mark
                isWordStart = false
                continue
            case "\"":
                guard let inner = Self.doubleQuoted(&rest) else { return nil }
                output += "\"\(inner)\""
                isWordStart = false
                continue
            case "\\":
                output.unicodeScalars.append(scalar)
                if let next = rest.popFirst() { output.unicodeScalars.append(next) }
                isWordStart = false
                continue
            case "#" where isWordStart:
                let end = rest.firstIndex(of: "\n") ?? rest.endIndex
                output += "#\(Substring(rest[..<end]))"
                rest = rest[end...]
                continue
            default: output.unicodeScalars.append(scalar)
            }
            isWordStart = scalar == " " || scalar == "\t" || scalar == "\n" || scalar == ";" || scalar == "("
        }
        text = output
    }

    /// Behind an opening quote: to the end of the word's quoted parts.
    private static func skipQuoted(_ rest: inout Substring.UnicodeScalarView) -> Bool {
        while true {
            guard let end = rest.firstIndex(of: "'") else { return false }
            rest = rest[rest.index(after: end)...]
            // `'a'\''b'` is one word: an escaped quote and the next quoted part.
            guard rest.starts(with: "\\''".unicodeScalars) else { return true }
            rest = rest.dropFirst(3)
        }
    }

    private static func doubleQuoted(_ rest: inout Substring.UnicodeScalarView) -> String? {
        var inner = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == "\"" { return String(inner) }
            inner.append(scalar)
            if scalar == "\\", let next = rest.popFirst() { inner.append(next) }
        }
        return nil
    }
}
