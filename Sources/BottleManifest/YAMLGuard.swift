// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// Reads the tokens of a YAML text ahead of the parser, and refuses what would cost it too much.
///
/// The parser builds a whole tree before anybody can look at it. It recurses with the nesting, and a tree with aliases
/// to lists can be exponentially larger than its text. Here depth, tokens and aliases are counted in one pass without
/// building anything. Tokens are told apart by the parser's own rules; broken YAML is left for the parser to explain.
package struct YAMLGuard {
    /// The deepest nesting; a manifest needs six levels.
    package static let maximumDepth = 50
    /// The most words and signs of a document.
    package static let maximumTokens = 100_000
    /// The most places that repeat a value with `*name`.
    package static let maximumAliases = 1000

    /// What a whole text adds up to.
    package struct Measure: Sendable, Hashable {
        /// Words and signs.
        package var tokens = 0
        /// Values that are no list and no mapping.
        package var scalars = 0
        package var aliases = 0
        package var depth = 0
    }

    private var scanner: YAMLScanner
    private let file: String
    private var measure = Measure()
    /// The open lists and mappings in block form, outermost first.
    private var blocks: [Block] = []
    private var flow = 0
    /// Where a key may have begun outside of brackets.
    private var key: YAMLScanner.Place?
    private var keyAllowed = true
    /// An anchor whose value has not come yet.
    private var anchor: YAMLScanner.Place?

    private struct Block {
        let column: Int
        let isMapping: Bool
        /// Whether a list stands in the mapping without being indented.
        var holdsList = false
        var levels: Int { holdsList ? 2 : 1 }
    }

    /// Measures a text.
    ///
    /// - Parameter firstLine: The line of the file in which the text begins, for messages.
    /// - Throws: `.input` as `file:line:column: what` when the text is past a limit.
    @discardableResult
    package static func check(_ yaml: String, file: String, firstLine: Int = 1) throws(BottleError) -> Measure {
        var guardian = YAMLGuard(scanner: YAMLScanner(Array(yaml.utf8), firstLine: firstLine), file: file)
        try guardian.run()
        return guardian.measure
    }

    private init(scanner: YAMLScanner, file: String) {
        self.scanner = scanner
        self.file = file
    }

    private mutating func run() throws(BottleError) {
        while true {
            if scanner.skipToToken(inFlow: flow > 0, keyAllowed: keyAllowed), flow == 0 { keyAllowed = true }
            unroll(to: scanner.column)
            if scanner.isAtEnd { return }
            measure.tokens += 1
            if measure.tokens > Self.maximumTokens {
                throw problem("found more than \(Self.maximumTokens) words and signs, expected a smaller document.")
            }
            if scanner.column == 0, scanner.byte() == UInt8(ascii: "%") || scanner.isDocumentMarker {
                unroll(to: -1)
                (key, keyAllowed, anchor) = (nil, false, nil)
                if scanner.isDocumentMarker { scanner.skip(3) } else { scanner.skipLine() }
            } else {
                try token()
            }
        }
    }

    private mutating func token() throws(BottleError) {
        let standsAlone = scanner.isBlank(1)
        switch scanner.byte() {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            try requireNoAnchor()
            saveKey()
            flow += 1
            try checkDepth()
            scanner.skip(1)
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            if flow == 0 { key = nil } else { flow -= 1 }
            (keyAllowed, anchor) = (false, nil)
            scanner.skip(1)
        case UInt8(ascii: ","):
            if flow == 0 { key = nil }
            (keyAllowed, anchor) = (true, nil)
            scanner.skip(1)
        case UInt8(ascii: "-") where standsAlone:
            try requireNoAnchor()
            if flow == 0 { try open(at: scanner.column, isMapping: false) }
            (key, keyAllowed) = (flow == 0 ? nil : key, true)
            scanner.skip(1)
        case UInt8(ascii: "?") where flow > 0 || standsAlone:
            try requireNoAnchor()
            if flow == 0 { try open(at: scanner.column, isMapping: true) }
            (key, keyAllowed) = (flow == 0 ? nil : key, flow == 0)
            scanner.skip(1)
        case UInt8(ascii: ":") where flow > 0 || standsAlone:
            try value()
        default:
            try content()
        }
    }

    private mutating func value() throws(BottleError) {
        anchor = nil
        if flow == 0 {
            // A key is one line and at most 1024 characters.
            let known = key.flatMap { $0.line == scanner.line && $0.column + 1024 >= scanner.column ? $0 : nil }
            try open(at: known?.column ?? scanner.column, isMapping: true)
            keyAllowed = known == nil
            key = nil
        }
        scanner.skip(1)
    }

    private mutating func content() throws(BottleError) {
        let byte = scanner.byte()
        switch byte {
        case UInt8(ascii: "*"):
            saveKey()
            measure.aliases += 1
            if measure.aliases > Self.maximumAliases {
                throw problem("found more than \(Self.maximumAliases) aliases, expected fewer.")
            }
            anchor = nil
            scanner.skipName()
        case UInt8(ascii: "&"):
            saveKey()
            anchor = scanner.place
            scanner.skipName()
        case UInt8(ascii: "!"):
            saveKey()
            scanner.skipTag(inFlow: flow > 0)
        case UInt8(ascii: "|") where flow == 0, UInt8(ascii: ">") where flow == 0:
            (key, keyAllowed, anchor) = (nil, true, nil)
            measure.scalars += 1
            scanner.skipBlockScalar(indent: indent)
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            try beginScalar()
            scanner.skipQuoted()
        default:
            guard scanner.canBeginPlain(inFlow: flow > 0) else {
                // No token begins so: the parser will say it.
                scanner.skip(1)
                return
            }
            try beginScalar()
            if scanner.skipPlain(inFlow: flow > 0, indent: indent + 1) { keyAllowed = true }
        }
    }

    private mutating func beginScalar() throws(BottleError) {
        // On another line the scalar may be the first key of a mapping, which then has the anchor.
        if let anchor, anchor.line != scanner.line { try requireNoAnchor() }
        anchor = nil
        measure.scalars += 1
        saveKey()
    }

    private func requireNoAnchor() throws(BottleError) {
        guard let anchor else { return }
        throw problem(
            "found an anchor that names no plain value on its line; lists and mappings have to be written out.",
            at: anchor)
    }

    private mutating func saveKey() {
        if keyAllowed, flow == 0 { key = scanner.place }
        keyAllowed = false
    }

    private var indent: Int { blocks.last?.column ?? -1 }

    private mutating func open(at column: Int, isMapping: Bool) throws(BottleError) {
        if indent < column {
            blocks.append(Block(column: column, isMapping: isMapping))
        } else if let last = blocks.indices.last, blocks[last].column == column, blocks[last].isMapping {
            blocks[last].holdsList = !isMapping
        }
        try checkDepth()
    }

    private mutating func unroll(to column: Int) {
        guard flow == 0 else { return }
        while let last = blocks.last, last.column > column { blocks.removeLast() }
    }

    private mutating func checkDepth() throws(BottleError) {
        // Both terms are small: the check itself ends the growth.
        let depth = flow + blocks.reduce(0) { $0 + $1.levels }
        measure.depth = max(measure.depth, depth)
        guard depth > Self.maximumDepth else { return }
        throw problem("found more than \(Self.maximumDepth) levels of lists and mappings, expected a manifest.")
    }

    private mutating func problem(_ text: String) -> BottleError { problem(text, at: scanner.place) }

    private func problem(_ text: String, at place: YAMLScanner.Place) -> BottleError {
        BottleError(.input, "\(file):\(place.line):\(place.column + 1): \(text)")
    }
}
