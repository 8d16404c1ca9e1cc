// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Untrusted text for a message: in quotes, cut to a readable length, with everything unprintable escaped.
public struct Quoted: Sendable, CustomStringConvertible {
    /// The text as it is to stand in a message, quotes included.
    public let description: String

    public init(_ text: String, limit: Int = 80) {
        var result = "\""
        for (index, scalar) in text.unicodeScalars.enumerated() {
            if index == limit {
                result += "…"
                break
            }
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            default:
                // Control and format characters could repaint a terminal or reorder a line.
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                    result += "\\u{\(String(scalar.value, radix: 16))}"
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        description = result + "\""
    }
}
