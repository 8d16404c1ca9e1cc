// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A position in a YAML text that moves over whole tokens, by the rules of the parser.
///
/// Line breaks are CR, LF and CR LF: whoever makes one has seen to it that no other stands in the text.
struct YAMLScanner {
    /// A place in a file: a line from 1, a column in characters from 0.
    struct Place: Sendable, Hashable {
        let line: Int
        let column: Int
    }

    private let bytes: [UInt8]
    private var index = 0
    private(set) var line: Int
    /// Up to where the column is known, so that a line is counted through only once.
    private var counted = (index: 0, column: 0)

    init(_ bytes: [UInt8], firstLine: Int) {
        self.bytes = bytes
        line = firstLine
    }

    var isAtEnd: Bool { index >= bytes.count }

    /// A byte from here; 0 past the end.
    func byte(_ offset: Int = 0) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }

    func isBreak(_ offset: Int = 0) -> Bool { byte(offset) == 0x0a || byte(offset) == 0x0d }

    private func isSpace() -> Bool { byte() == 0x20 || byte() == 0x09 }

    /// Whether a space, a tab, a line break or the end is there.
    func isBlank(_ offset: Int = 0) -> Bool {
        let byte = byte(offset)
        return byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d || byte == 0
    }

    /// Characters since the beginning of the line.
    var column: Int {
        mutating get {
            while counted.index < index {
                if bytes[counted.index] & 0xc0 != 0x80 { counted.column += 1 }
                counted.index += 1
            }
            return counted.column
        }
    }

    var place: Place { mutating get { Place(line: line, column: column) } }

    /// Whether `---` or `...` stands here as a word; only column 0 makes it a marker.
    var isDocumentMarker: Bool {
        let first = byte()
        guard first == UInt8(ascii: "-") || first == UInt8(ascii: ".") else { return false }
        return byte(1) == first && byte(2) == first && isBlank(3)
    }

    mutating func skip(_ count: Int) { index = min(index + count, bytes.count) }

    private mutating func skipBreak() {
        skip(byte() == 0x0d && byte(1) == 0x0a ? 2 : 1)
        line += 1
        counted = (index, 0)
    }

    /// Moves to the end of the line.
    mutating func skipLine() { while !isAtEnd, !isBreak() { index += 1 } }

    /// Moves over spaces, comments and line breaks; true when there was a line break.
    ///
    /// - Parameter keyAllowed: Whether a key may begin here outside of brackets, where a tab is no whitespace then.
    mutating func skipToToken(inFlow: Bool, keyAllowed: Bool) -> Bool {
        var tabs = inFlow || !keyAllowed
        var broke = false
        while true {
            // A byte order mark may begin a line.
            if byte() == 0xef, byte(1) == 0xbb, byte(2) == 0xbf, column == 0 { skip(3) }
            while byte() == 0x20 || tabs && byte() == 0x09 { index += 1 }
            if byte() == UInt8(ascii: "#") { skipLine() }
            guard !isAtEnd, isBreak() else { return broke }
            skipBreak()
            broke = true
            tabs = inFlow
        }
    }

    /// Moves over `*name` or `&name`.
    mutating func skipName() {
        index += 1
        while !isAtEnd, isNameByte(byte()) { index += 1 }
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"), UInt8(ascii: "-"): return true
        default: return false
        }
    }

    /// Moves over a tag.
    mutating func skipTag(inFlow: Bool) {
        index += 1
        if byte() == UInt8(ascii: "<") {
            while !isBlank(), byte() != UInt8(ascii: ">") { index += 1 }
            // Left here it would begin a folded scalar.
            if byte() == UInt8(ascii: ">") { index += 1 }
            return
        }
        while !isBlank(), !(inFlow && ",[]{}".utf8.contains(byte())) { index += 1 }
    }

    /// Moves over a scalar in quotes.
    mutating func skipQuoted() {
        let quote = byte()
        index += 1
        while !isAtEnd {
            if isBreak() {
                skipBreak()
            } else if byte() == quote {
                index += 1
                guard quote == UInt8(ascii: "'"), byte() == quote else { return }
                index += 1
            } else if quote == UInt8(ascii: "\""), byte() == UInt8(ascii: "\\"), !isBreak(1) {
                skip(2)
            } else {
                index += 1
            }
        }
    }

    /// Whether a scalar without quotes may begin here.
    func canBeginPlain(inFlow: Bool) -> Bool {
        let byte = byte()
        if isBlank() { return false }
        if byte == UInt8(ascii: "-") { return !(self.byte(1) == 0x20 || self.byte(1) == 0x09) }
        if byte == UInt8(ascii: "?") || byte == UInt8(ascii: ":") { return !inFlow && !isBlank(1) }
        return !",[]{}#&*!|>'\"%@`".utf8.contains(byte)
    }

    /// Moves over a scalar without quotes; true when it ends after a line break.
    ///
    /// - Parameter indent: The column that its further lines reach at least, outside of brackets.
    mutating func skipPlain(inFlow: Bool, indent: Int) -> Bool {
        var broke = false
        while true {
            if isDocumentMarker, column == 0 { break }
            if byte() == UInt8(ascii: "#") { break }
            let start = index
            while !isBlank() {
                if byte() == UInt8(ascii: ":"), isBlank(1) { break }
                if inFlow, ",[]{}".utf8.contains(byte()) { break }
                index += 1
            }
            if index > start { broke = false }
            guard !isAtEnd, isSpace() || isBreak() else { break }
            while !isAtEnd, isSpace() || isBreak() {
                if isSpace() {
                    index += 1
                } else {
                    skipBreak()
                    broke = true
                }
            }
            if !inFlow, column < indent { break }
        }
        return broke
    }

    /// Moves over a scalar that begins with `|` or `>`.
    ///
    /// - Parameter indent: The column of the block around it, -1 when there is none.
    mutating func skipBlockScalar(indent parent: Int) {
        var wanted = 0
        index += 1
        for _ in 0..<2 {
            if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") {
                index += 1
            } else if wanted == 0, (0x31...0x39).contains(byte()) {
                wanted = max(parent, 0) + Int(byte() - 0x30)
                index += 1
            }
        }
        while isSpace() { index += 1 }
        if byte() == UInt8(ascii: "#") { skipLine() }
        guard !isAtEnd, isBreak() else { return }
        skipBreak()
        skipIndentation(&wanted, parent: parent)
        while column == wanted, !isAtEnd {
            skipLine()
            if isAtEnd { return }
            skipBreak()
            skipIndentation(&wanted, parent: parent)
        }
    }

    /// Moves over empty lines and the indentation of the next; finds out how much that is when it is not known.
    private mutating func skipIndentation(_ wanted: inout Int, parent: Int) {
        var widest = 0
        while true {
            while wanted == 0 || column < wanted, byte() == 0x20 { index += 1 }
            widest = max(widest, column)
            guard !isAtEnd, isBreak() else { break }
            skipBreak()
        }
        if wanted == 0 { wanted = max(widest, parent + 1, 1) }
    }
}
