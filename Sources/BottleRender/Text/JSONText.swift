// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A text as a JSON string that is a YAML string of the same value as well.
enum JSONText {
    /// The text between quotes: printable ASCII as it is, the rest of the first plane escaped.
    ///
    /// Beyond the first plane a character stands as itself: JSON would escape it as a pair, which YAML does not know.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case " "..."~": result.unicodeScalars.append(scalar)
            case "\u{10000}"...: result.unicodeScalars.append(scalar)
            default: result += "\\u" + hex(scalar.value)
            }
        }
        return result + "\""
    }

    private static func hex(_ value: UInt32) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 4 - text.count) + text
    }
}
