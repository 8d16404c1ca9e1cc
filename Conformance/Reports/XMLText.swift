// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Escaping for XML 1.0 text and attributes; what goes in was sanitised, so that every scalar is legal.
enum XMLText {
    /// Character data: `>` is escaped too, so that `]]>` never stands in a report.
    static func body(_ text: String) -> String { escape(text, attribute: false) }

    /// An attribute with its quotes; line breaks and tabs survive a parser's normalisation.
    static func attribute(_ name: String, _ value: String) -> String {
        "\(name)=\"\(escape(value, attribute: true))\""
    }

    private static func escape(_ text: String, attribute: Bool) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): output += "&amp;".utf8
            case UInt8(ascii: "<"): output += "&lt;".utf8
            case UInt8(ascii: ">"): output += "&gt;".utf8
            case UInt8(ascii: "\"") where attribute: output += "&quot;".utf8
            case UInt8(ascii: "\n") where attribute: output += "&#10;".utf8
            case UInt8(ascii: "\t") where attribute: output += "&#9;".utf8
            default: output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
