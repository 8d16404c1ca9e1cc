// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Yams

/// YAML by libyaml, without what makes it ambiguous.
struct YAMLReader {
    /// How deep lists and mappings may be nested.
    private static let deepest = 64

    static func read(_ text: String) throws(BottleError) -> JSONValue {
        let root: Node
        do {
            // Throws when there is a second document.
            guard let node = try Parser(yaml: text).singleRoot() else {
                throw BottleError(.input, "It has no YAML document in it.")
            }
            root = node
        } catch let error as BottleError {
            throw error
        } catch {
            throw BottleError(.input, "It is no YAML: \(Quoted("\(error)", limit: 300))")
        }
        var reader = YAMLReader(lines: lines(of: text))
        return try reader.value(root, depth: 0, isFirst: true)
    }

    /// The source, as the parser counts lines; empty where nobody has to look.
    private let lines: [Substring.UnicodeScalarView]
    /// Where the last node stood.
    private var last = (line: 0, column: 0)

    /// - Parameter isFirst: Whether a collection that begins at the same place is what the node stands in.
    private mutating func value(_ node: Node, depth: Int, isFirst: Bool = false) throws(BottleError) -> JSONValue {
        try advance(to: node, isFirst: isFirst)
        guard depth < Self.deepest else { throw Self.refusal(node, "it is nested deeper than \(Self.deepest)") }
        switch node {
        case .scalar(let scalar): return try value(scalar, node)
        case .sequence(let sequence):
            guard Self.hasType(node, .seq) else { throw Self.refusal(node, "it has a tag") }
            var elements: [JSONValue] = []
            for element in sequence {
                elements.append(try value(element, depth: depth + 1, isFirst: elements.isEmpty))
            }
            return .array(elements)
        case .mapping(let mapping):
            guard Self.hasType(node, .map) else { throw Self.refusal(node, "it has a tag") }
            var members: [String: JSONValue] = [:]
            for (key, element) in mapping {
                try advance(to: key, isFirst: members.isEmpty)
                guard case .scalar(let scalar) = key, Self.hasType(key, .str) else {
                    throw Self.refusal(key, "a key is no text")
                }
                let value = try value(element, depth: depth + 1)
                guard members.updateValue(value, forKey: scalar.string) == nil else {
                    throw Self.refusal(key, "the key \(Quoted(scalar.string)) is there twice")
                }
            }
            return .object(members)
        case .alias: throw Self.refusal(node, "it has an alias")
        }
    }

    /// Refuses aliases: what an alias stands for stands further up, and the parser put it here.
    private mutating func advance(to node: Node, isFirst: Bool) throws(BottleError) {
        guard let mark = node.mark else { return }
        let here = (line: mark.line, column: mark.column)
        var isNothing = false
        // A missing value has the place of what comes next.
        if case .scalar(let scalar) = node { isNothing = scalar.string.isEmpty && scalar.style == .plain }
        guard here > last || here == last && (isFirst || isNothing) else {
            throw Self.refusal(node, "something is repeated by an alias")
        }
        if !isNothing { last = here }
    }

    private func value(_ scalar: Node.Scalar, _ node: Node) throws(BottleError) -> JSONValue {
        let text = scalar.string
        if Self.hasType(node, .str) { return .string(beginsWithMark(scalar) ? "\u{feff}\(text)" : text) }
        if Self.hasType(node, .bool), text == "true" || text == "false" { return .bool(text == "true") }
        if Self.hasType(node, .null), ["", "~", "null"].contains(text) { return .null }
        if Self.hasType(node, .int), let number = Int(text), "\(number)" == text, let exact = Double(exactly: number) {
            return .number(exact)
        }
        if Self.hasType(node, .float), let number = Double(text), number.isFinite { return .number(number) }
        throw Self.refusal(node, "\(Quoted(text)) is read differently by different parsers")
    }

    /// Whether a text in double quotes begins with a byte order mark, which the parser's Swift half drops.
    private func beginsWithMark(_ scalar: Node.Scalar) -> Bool {
        guard scalar.style == .doubleQuoted, !scalar.string.unicodeScalars.starts(with: ["\u{feff}"]),
            let mark = scalar.mark,
            lines.indices.contains(mark.line - 1)
        else { return false }
        let source = String(String.UnicodeScalarView(lines[mark.line - 1].dropFirst(mark.column - 1).prefix(11)))
        return ["\"\u{feff}", "\"\\ufeff", "\"\\u0000feff"].contains { source.lowercased().utf8.starts(with: $0.utf8) }
    }

    private static func lines(of text: String) -> [Substring.UnicodeScalarView] {
        let lower = text.lowercased()
        guard lower.utf8.contains(0xef) || lower.contains("feff") else { return [] }
        var lines: [Substring.UnicodeScalarView] = []
        var rest = text.unicodeScalars[...]
        while let end = rest.firstIndex(where: { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) }) {
            lines.append(rest[..<end])
            let isPair = rest[end...].starts(with: ["\r", "\n"])
            rest = rest[end...].dropFirst(isPair ? 2 : 1)
        }
        return lines + [rest]
    }

    private static func hasType(_ node: Node, _ name: Tag.Name) -> Bool { node.tag.description == name.rawValue }

    private static func refusal(_ node: Node, _ what: String) -> BottleError {
        BottleError(.input, "At line \(node.mark?.line ?? 1) of the YAML, \(what).")
    }
}
