// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// What a guest could write to deceive the reader of a report or to break its format.
enum HostileText {
    /// A line of a size that no report may carry.
    static let large = String(repeating: "A", count: 10_000_000)

    static let all: [String] = [
        String(String.UnicodeScalarView((UInt8(0)..<0x20).map { Unicode.Scalar($0) })),
        String(String.UnicodeScalarView((UInt8(0x7F)..<0xA0).map { Unicode.Scalar($0) })),
        "\u{1b}[31mred\u{1b}[0m \u{1b}[?25l\u{1b}[2J\u{1b}[1;1H\u{1b}(B\u{1b}c",
        "\u{1b}]0;title\u{7}\u{1b}]8;;http://x.invalid\u{1b}\\link\u{1b}]8;;\u{1b}\\",
        "\u{9b}31m8-bit \u{9d}title\u{9c}", "\u{1b}]never ended " + String(repeating: "x", count: 5000), "\u{1b}",
        "\u{7}bell", "a\u{1b}\u{1b}[m[31mb", "]]>", "<![CDATA[x]]></failure></testcase>", "&#27;&amp;&\"'<>",
        String(
            String.UnicodeScalarView(
                ([0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFE, 0xFEFF] as [UInt32]).compactMap(Unicode.Scalar.init))),
        "\u{202e}txt.exe\u{2066}\u{200b}\u{e0041}\u{2028}",
        "  lead\r\n\r trail\t \n", "pass           NET-02    forged\npass  NET-02\rgone", "",
        "| a | `b` | <script>alert(1)</script> ![x](http://x.invalid) @team www.x.invalid",
        "</pre>\n\n# heading\n```", "--> \\x1b \\", "漢字 🧪 e\u{301} \u{10FFFD}", large,
        String(repeating: "\u{1b}]", count: 200_000), String(repeating: "\u{1b}[m", count: 400_000),
        String(decoding: [0x61, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80, 0xF0, 0x9F] as [UInt8], as: UTF8.self),
    ]

    /// Whether a terminal or an XML parser would take something in the text for more than text.
    ///
    /// Line feeds and tabs are allowed; `allowing` names the escape sequences of the report itself.
    static func isHarmless(_ text: String, allowing own: [String] = []) -> Bool {
        var text = text
        for sequence in own {
            text = text.split(separator: sequence, omittingEmptySubsequences: false).joined()
        }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x0A, 0x09, 0x20...0x7E: true
            case 0..<0xA0, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xE0000...0xE007F: false
            default: scalar.value & 0xFFFE != 0xFFFE
            }
        }
    }
}
