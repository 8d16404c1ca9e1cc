// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Text that somebody wrote who wants to get out of a string.
enum HostileText {
    private static let pieces = [
        "\"", "'", "\\", "\n", "\r", "\r\n", "\u{0}", "\u{7}", "\u{1b}[2J", "\u{7f}", "\u{85}", "\u{2028}", "\u{2029}",
        "]", "[[net]]", "]\nnet = true", "\"\"\"", "'''", "${HOME}", "$HOME", "$$", "$(id)", "`id`", ";", "|", "&", ">",
        "#", " #", ": ", "- ", "--", "-", "--privileged", "-e", "!!python/object:x", "!!binary ", "&a", "*a", "%YAML",
        "---", "...", "{", "}", "? ", "<<: ", "|\n", ">-\n", "~", "null", "yes", "no", "0x10", "1e3", "=", "==", ",",
        "\u{202e}", "\u{2066}", "\u{200b}", "\u{200d}", "\u{feff}", "\u{ad}", "é", "e\u{301}", "漢", "😀", "\u{10ffff}",
        "\u{e000}", "\u{fffd}", "\t", " ", "  ", "\\u0041", "\\x41", "\\", "EOF", "esac", ";;", "*)", "a", "Z", "0",
    ]

    /// A text of a few pieces, among them any Unicode scalar.
    static func any(_ generator: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<generator.below(9) {
            if generator.below(4) == 0, let scalar = Unicode.Scalar(UInt32(generator.below(0x11_0000))) {
                text.unicodeScalars.append(scalar)
            } else {
                text += generator.pick(pieces)
            }
        }
        return marked(text)
    }

    /// Keeps a byte order mark from the front: Foundation, through which both parsers hand out their texts, drops it
    /// there. `BasicStringTests` has it.
    private static func marked(_ text: String) -> String {
        text.unicodeScalars.first == "\u{feff}" ? "x\(text)" : text
    }

    /// The same without NUL, which a process's arguments and environment cannot hold.
    static func withoutNUL(_ generator: inout SeededGenerator) -> String {
        marked(String(String.UnicodeScalarView(any(&generator).unicodeScalars.filter { $0.value != 0 })))
    }

    /// An absolute path of hostile components without line breaks and control characters.
    static func path(_ generator: inout SeededGenerator) -> String {
        var path = ""
        for _ in 0...generator.below(3) {
            let scalars = any(&generator).unicodeScalars.filter { scalar in
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: false
                default: scalar != "/"
                }
            }
            path += "/x" + String(String.UnicodeScalarView(scalars))
        }
        return path
    }

    /// The name of a variable.
    static func variable(_ generator: inout SeededGenerator) -> String {
        let first = Array("ABXYZ_noyes")
        let rest = Array("ABCXYZ_0123456789yn")
        return String(generator.pick(first)) + String(generator.list(8) { $0.pick(rest) })
    }

    /// An environment with hostile values.
    static func environment(_ generator: inout SeededGenerator) -> [String: String] {
        var result: [String: String] = [:]
        for _ in 0..<generator.below(4) { result[variable(&generator)] = withoutNUL(&generator) }
        return result
    }
}
