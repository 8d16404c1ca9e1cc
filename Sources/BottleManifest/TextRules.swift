// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Which bytes are text that a manifest can be made of.
enum TextRules {
    /// The first thing that is wrong with bytes, as a sentence, and where it is; nil when they are text.
    static func problem(with bytes: [UInt8]) -> (offset: Int, text: String)? {
        if let offset = bytes.firstIndex(of: 0) {
            return (offset, "found a NUL byte, which no text has; give a YAML file.")
        }
        if String(validating: bytes, as: UTF8.self) == nil {
            return (validPrefix(of: bytes), "found bytes that are not UTF-8; save the file as UTF-8 text.")
        }
        return nil
    }

    /// The first thing that is wrong with text as YAML; nil when parser and reader see the same lines.
    static func problem(withYAML bytes: [UInt8]) -> (offset: Int, text: String)? {
        if let problem = problem(with: bytes) { return problem }
        // The parser takes these for line breaks, editors do not: the two would see different documents.
        for offset in bytes.indices where bytes[offset] == 0xc2 || bytes[offset] == 0xe2 {
            let rest = bytes[offset...].prefix(3)
            guard rest.starts(with: [0xc2, 0x85]) || rest == [0xe2, 0x80, 0xa8] || rest == [0xe2, 0x80, 0xa9] else {
                continue
            }
            return (offset, #"found an invisible line break (U+0085, U+2028 or U+2029), expected "\n" or an escape."#)
        }
        return nil
    }

    /// The line and the column, in characters, both from 1, of an offset.
    static func place(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
            if byte == 0x0a { (line, column) = (line + 1, 1) } else if byte & 0xc0 != 0x80 { column += 1 }
        }
        return (line, column)
    }

    private static func validPrefix(of bytes: [UInt8]) -> Int {
        // The longest valid prefix, by halves: a prefix cut inside of a character counts as valid up to it.
        var (low, high) = (0, bytes.count)
        while low < high {
            let middle = (low + high + 1) / 2
            var end = middle
            while end > low, end < bytes.count, bytes[end] & 0xc0 == 0x80 { end -= 1 }
            if end > low, String(validating: bytes[..<end], as: UTF8.self) != nil {
                low = end
            } else {
                high = middle - 1
            }
        }
        return low
    }
}
