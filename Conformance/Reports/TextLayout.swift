// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Lines of a terminal: widths, padding and wrapping of sanitised text.
enum TextLayout {
    /// Columns of one scalar: two for the wide blocks of East Asian scripts and emoji, none for combining marks.
    static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0..<0x300: 1
        case 0x300...0x36F, 0x20D0...0x20FF, 0xFE00...0xFE0F, 0x200C, 0x200D: 0
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            2
        default: 1
        }
    }

    /// Columns of a whole text.
    static func width(_ text: some StringProtocol) -> Int { text.unicodeScalars.reduce(0) { $0 + width($1) } }

    /// `text` filled with spaces up to `columns`.
    static func padded(_ text: String, to columns: Int) -> String {
        text + String(repeating: " ", count: max(0, columns - width(text)))
    }

    /// As much of `text` as fits into `columns`.
    static func clipped(_ text: String, to columns: Int) -> String {
        var output = String.UnicodeScalarView()
        var used = 0
        for scalar in text.unicodeScalars {
            used += width(scalar)
            if used > columns { break }
            output.append(scalar)
        }
        return String(output)
    }

    /// The lines of `first` followed by `text`, wrapped at spaces into `columns`; all but the first line start with `indent`.
    ///
    /// A line break in the text starts an indented line as well: untrusted text never begins a line of its own.
    static func wrapped(_ text: String, first: String, indent: Int, columns: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let room = max(20, columns - indent)
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            // As it is: in a difference of two files the spaces are part of what is shown.
            if width(paragraph) <= room, !paragraph.contains("\t") {
                lines.append(String(paragraph))
                continue
            }
            var line = ""
            var used = 0
            for word in paragraph.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
                for piece in pieces(word, of: room) {
                    let size = width(piece)
                    if used > 0, used + 1 + size > room {
                        lines.append(line)
                        line = ""
                        used = 0
                    }
                    line += used > 0 ? " \(piece)" : piece
                    used += (used > 0 ? 1 : 0) + size
                }
            }
            lines.append(line)
        }
        return lines.enumerated().map { position, line in (position == 0 ? padded(first, to: indent) : margin) + line }
    }

    /// A word in parts of at most `room` columns.
    private static func pieces(_ word: Substring, of room: Int) -> [String] {
        var parts: [String] = []
        var part = String.UnicodeScalarView()
        var used = 0
        for scalar in word.unicodeScalars {
            let size = width(scalar)
            if used + size > room {
                parts.append(String(part))
                part = String.UnicodeScalarView()
                used = 0
            }
            part.append(scalar)
            used += size
        }
        parts.append(String(part))
        return parts
    }
}
