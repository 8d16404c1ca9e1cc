// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A quoted string that TOML (basic string) and YAML (double-quoted) read alike.
///
/// The two formats share these escapes. Everything but printable ASCII is escaped, so a reader of the file sees what a
/// parser sees: no invisible, reordering or line-breaking character stands in it as itself.
package enum BasicString {
    /// The text in double quotes, always one line of printable ASCII.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case " "..."~": result.unicodeScalars.append(scalar)
            case "\u{8}": result += "\\b"
            case "\t": result += "\\t"
            case "\n": result += "\\n"
            case "\u{c}": result += "\\f"
            case "\r": result += "\\r"
            default:
                result += scalar.value > 0xffff ? "\\U\(hex(scalar, digits: 8))" : "\\u\(hex(scalar, digits: 4))"
            }
        }
        return result + "\""
    }

    /// The texts, quoted, as an array on one line.
    package static func array(_ texts: some Sequence<String>) -> String {
        "[\(texts.map(quoted).joined(separator: ", "))]"
    }

    private static func hex(_ scalar: Unicode.Scalar, digits: Int) -> String {
        let text = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
