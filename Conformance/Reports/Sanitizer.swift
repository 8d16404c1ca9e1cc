// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Turns text that a guest or a driver may have chosen into text that is safe to print.
///
/// Whatever could move a cursor, reorder a line or break XML comes out visibly (`\x1b`, `\u{202e}`); the work and the
/// result are bounded however large the input is.
package struct Sanitizer: Sendable {
    /// What becomes of white space.
    package enum Layout: Sendable {
        /// One line: line breaks and tabs are shown as `\n`, `\r`, `\t`.
        case line
        /// Line feeds and tabs stay; CR LF becomes a line feed.
        case block
        /// Runs of white space become one space, none at the ends (`xs:token`).
        case token
    }
    /// What becomes of terminal escape sequences.
    package enum Sequences: Sendable {
        /// Their introducer is shown and their text stays.
        case visible
        /// Complete sequences vanish; the introducer of a broken one is shown.
        case removed
    }

    private let layout: Layout
    private let sequences: Sequences
    private let limit: Int

    /// A sanitizer whose result, without the mark of a cut, has at most `limit` bytes.
    package init(_ layout: Layout, sequences: Sequences = .visible, limit: Int = 64 * 1024) {
        self.layout = layout
        self.sequences = sequences
        self.limit = limit
    }

    /// The safe form of `text`; cut on a scalar boundary, with a mark that names the whole size.
    package func clean(_ text: String) -> String {
        var output = ""
        var size = 0
        var pendingSpace = false
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        // A guest can send megabytes that all vanish; what is read is bounded as well as what is written.
        let inputLimit = limit * 16
        var consumed = 0
        while index < scalars.endIndex {
            let scalar = scalars[index]
            var next = scalars.index(after: index)
            if sequences == .removed, let end = EscapeSequence.end(in: scalars, at: index) {
                consumed += scalars.distance(from: index, to: end)
                index = end
                continue
            }
            var piece: String
            if layout == .token, scalar == " " || ("\t"..."\r").contains(scalar) {
                pendingSpace = size > 0
                piece = ""
            } else if layout == .block, scalar == "\r", next < scalars.endIndex, scalars[next] == "\n" {
                piece = "\n"
                next = scalars.index(after: next)
            } else if layout == .block, scalar == "\n" || scalar == "\t" {
                piece = String(scalar)
            } else {
                piece = Self.isSafe(scalar) ? String(scalar) : Self.visible(scalar)
            }
            if pendingSpace, !piece.isEmpty {
                piece = " " + piece
                pendingSpace = false
            }
            consumed += 1
            size += piece.utf8.count
            if size > limit || consumed > inputLimit {
                return output + " [cut: \(text.utf8.count) bytes in all]"
            }
            output += piece
            index = next
        }
        return output
    }

    /// Text for bytes of unknown encoding: bytes that are not UTF-8 become `\xNN`, at most `limit` bytes are read.
    ///
    /// The result still holds whatever control characters were valid UTF-8: it is input for `clean`.
    package static func text(_ bytes: [UInt8], limit: Int = 64 * 1024) -> String {
        var count = min(bytes.count, limit)
        // Not into the middle of a scalar: back over at most three continuation bytes.
        var steps = 0
        while count < bytes.count, count > 0, steps < 3, bytes[count] & 0xC0 == 0x80 {
            count -= 1
            steps += 1
        }
        let mark = count < bytes.count ? " [cut: \(bytes.count) bytes in all]" : ""
        if let text = String(validating: bytes[..<count], as: UTF8.self) { return text + mark }
        var output = ""
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes[..<count].makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                output.unicodeScalars.append(Unicode.UTF8.decode(encoded))
                offset += encoded.count
            case .error(let length):
                for byte in bytes[offset..<(offset + length)] { output += hex(UInt32(byte)) }
                offset += length
            case .emptyInput:
                return output + mark
            }
        }
    }

    private static func visible(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: scalar.value < 0x100 ? hex(scalar.value) : "\\u{\(String(scalar.value, radix: 16))}"
        }
    }

    private static func hex(_ value: UInt32) -> String {
        (value < 0x10 ? "\\x0" : "\\x") + String(value, radix: 16)
    }

    /// Whether a scalar shows as itself: no control, no invisible format or bidi character, no noncharacter at a plane's end.
    static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E: true
        case 0..<0xA0, 0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE007F:
            false
        default: scalar.value & 0xFFFE != 0xFFFE
        }
    }
}
