// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// A YAML value that renders as readable block YAML; every text in it is quoted.
///
/// Quoting everything is the point: no text can turn into a tag, an alias, a boolean, a comment or another key.
package indirect enum YAMLNode: Sendable, Hashable {
    case text(String)
    case number(Int)
    case bool(Bool)
    case list([YAMLNode])
    /// Keys in the order in which they are to stand; the caller sees to it that they differ.
    case map([Entry])

    /// One key of a map.
    package struct Entry: Sendable, Hashable {
        package var key: String
        package var value: YAMLNode

        package init(_ key: String, _ value: YAMLNode) {
            self.key = key
            self.value = value
        }
    }

    /// A list of texts.
    package static func texts(_ texts: some Sequence<String>) -> YAMLNode { .list(texts.map(YAMLNode.text)) }

    /// A map from text to text, in the order of the keys' code points.
    package static func sorted(_ texts: [String: String]) -> YAMLNode {
        .map(CodePointOrder.sorted(texts).map { Entry($0.key, .text($0.value)) })
    }

    /// The bytes of a document, one trailing newline included.
    ///
    /// - Parameter comment: Lines for the head of the file, without "#"; constants only, nothing that came from outside.
    package static func document(_ entries: [Entry], comment: [String] = []) -> [UInt8] {
        var lines = comment.map { $0.isEmpty ? "#" : "# \($0)" }
        for entry in entries { append(entry, indent: 0, to: &lines) }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// The bytes of the same document in JSON syntax, which is YAML too, for a reader that knows that part of YAML only.
    package static func json(_ entries: [Entry]) -> [UInt8] {
        Array((YAMLNode.map(entries).json(indent: 0) + "\n").utf8)
    }

    private func json(indent: Int) -> String {
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch self {
        case .text(let text): return JSONText.quoted(text)
        case .number(let number): return String(number)
        case .bool(let flag): return flag ? "true" : "false"
        case .list(let nodes):
            let parts = nodes.map { inner + $0.json(indent: indent + 2) }
            return parts.isEmpty ? "[]" : "[\n\(parts.joined(separator: ",\n"))\n\(outer)]"
        case .map(let entries):
            let parts = entries.map { "\(inner)\(JSONText.quoted($0.key)): \($0.value.json(indent: indent + 2))" }
            return parts.isEmpty ? "{}" : "{\n\(parts.joined(separator: ",\n"))\n\(outer)}"
        }
    }

    private static func append(_ entry: Entry, indent: Int, to lines: inout [String]) {
        let head = String(repeating: " ", count: indent) + key(entry.key) + ":"
        if let scalar = entry.value.inline {
            lines.append("\(head) \(scalar)")
        } else {
            lines.append(head)
            append(entry.value, indent: indent + 2, to: &lines)
        }
    }

    private static func append(_ node: YAMLNode, indent: Int, to lines: inout [String]) {
        switch node {
        case .map(let entries):
            for entry in entries { append(entry, indent: indent, to: &lines) }
        case .list(let nodes):
            for node in nodes {
                var item: [String] = []
                if let scalar = node.inline {
                    item = [String(repeating: " ", count: indent + 2) + scalar]
                } else {
                    append(node, indent: indent + 2, to: &item)
                }
                // The first line of an item carries its dash, the others stay where they are.
                if let first = item.first {
                    item[0] = String(repeating: " ", count: indent) + "- " + first.dropFirst(indent + 2)
                }
                lines += item
            }
        case .text, .number, .bool:
            break  // Has an inline form: never gets here.
        }
    }

    /// The form that stands behind a key or a dash, or nil for what takes lines of its own.
    private var inline: String? {
        switch self {
        case .text(let text): BasicString.quoted(text)
        case .number(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        case .list(let nodes): nodes.isEmpty ? "[]" : nil
        case .map(let entries): entries.isEmpty ? "{}" : nil
        }
    }

    /// Words that some YAML reader takes for something else than a text.
    private static let reserved: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]

    private static func key(_ key: String) -> String {
        let bytes = Array(key.utf8)
        let isLower = { (byte: UInt8) in (0x61...0x7a).contains(byte) }
        guard let first = bytes.first, isLower(first), !reserved.contains(key),
            bytes.allSatisfy({ isLower($0) || (0x30...0x39).contains($0) || "_-".utf8.contains($0) || isUpper($0) })
        else { return BasicString.quoted(key) }
        return key
    }

    private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
}
