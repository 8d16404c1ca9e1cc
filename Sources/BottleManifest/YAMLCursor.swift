// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Yams

/// A node of a YAML document that knows where it stands, so that every complaint can say so.
struct YAMLCursor {
    /// The file as the user named it.
    let file: String
    /// What the node is, for messages: `the allowlist of bottle "a"`.
    let what: String
    let node: Node

    /// The same node under a better name.
    func described(_ what: String) -> YAMLCursor { YAMLCursor(file: file, what: what, node: node) }

    /// An error at this node: `file:line:column: what`.
    func problem(_ text: String) -> BottleError {
        let mark = node.mark
        return BottleError(.input, "\(file):\(mark?.line ?? 1):\(mark?.column ?? 1): \(text)")
    }

    /// The entries of a mapping, in the order of the file; keys are checked to be unique plain strings.
    ///
    /// - Throws: `.input` when the node is no mapping or a key is no string or stands twice.
    func entries() throws(BottleError) -> [(key: YAMLCursor, name: String, value: YAMLCursor)] {
        guard case .mapping(let mapping) = node else { throw mismatch("a mapping") }
        var result: [(key: YAMLCursor, name: String, value: YAMLCursor)] = []
        var seen: Set<String> = []
        for pair in mapping {
            let key = YAMLCursor(file: file, what: "a key of \(what)", node: pair.key)
            let name = try key.string()
            guard seen.insert(name).inserted else {
                throw key.problem("found \(Quoted(name)) a second time in \(what), expected it once.")
            }
            let value = YAMLCursor(file: file, what: "\(name) of \(what)", node: pair.value)
            result.append((key, name, value))
        }
        return result
    }

    /// The values of a mapping with fixed keys, by key.
    ///
    /// - Throws: `.input` for a key that is not among them.
    func fields(_ known: [ManifestShape.Field]) throws(BottleError) -> [String: YAMLCursor] {
        var result: [String: YAMLCursor] = [:]
        for entry in try entries() {
            guard known.contains(where: { $0.name == entry.name }) else {
                let list = known.map(\.name).joined(separator: ", ")
                throw entry.key.problem("found the unknown key \(Quoted(entry.name)) in \(what), expected \(list).")
            }
            result[entry.name] = entry.value
        }
        return result
    }

    /// The items of a sequence.
    ///
    /// - Throws: `.input` when the node is no sequence.
    func items() throws(BottleError) -> [YAMLCursor] {
        guard case .sequence(let sequence) = node else { throw mismatch("a list") }
        return sequence.map { YAMLCursor(file: file, what: "an entry of \(what)", node: $0) }
    }

    /// The text of a string; a number or a word that YAML reads as something else has to be quoted.
    ///
    /// - Parameter isSecret: The message says what was found, and never repeats it.
    /// - Throws: `.input` when the node is anything but a string.
    func string(isSecret: Bool = false) throws(BottleError) -> String {
        guard case .scalar(let scalar) = node, hasType(.str) else {
            throw mismatch("a string (in quotes)", isSecret: isSecret)
        }
        return scalar.string
    }

    /// A whole number in a range.
    ///
    /// - Throws: `.input` when the node is no number or out of range.
    func integer(in range: ClosedRange<Int>) throws(BottleError) -> Int {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        guard case .scalar(let scalar) = node, hasType(.int) else { throw mismatch(expected) }
        guard let value = Int(scalar.string), range.contains(value) else {
            throw problem("found \(Quoted(scalar.string)) for \(what), expected \(expected).")
        }
        return value
    }

    /// True or false, in YAML's plainest spelling.
    ///
    /// - Throws: `.input` for everything else, "yes" and "on" included.
    func boolean() throws(BottleError) -> Bool {
        guard case .scalar(let scalar) = node, hasType(.bool) else { throw mismatch("true or false") }
        switch scalar.string {
        case "true": return true
        case "false": return false
        default: throw mismatch("true or false")
        }
    }

    /// A string that a rule accepts.
    ///
    /// - Throws: `.input` with the rule's own words when it does not.
    func string(_ rule: (String) -> String?) throws(BottleError) -> String {
        let text = try string()
        if let reason = rule(text) { throw problem("found \(Quoted(text)) for \(what): \(reason).") }
        return text
    }

    /// The strings of a list, none of them twice.
    ///
    /// - Parameters:
    ///   - rule: What is wrong with a string, or nil.
    ///   - fold: What makes two strings the same.
    /// - Throws: `.input` at the item that is wrong.
    func distinctStrings(
        _ rule: (String) -> String?, by fold: (String) -> String = { $0 }
    ) throws(BottleError) -> [String] {
        var seen: Set<String> = []
        var result: [String] = []
        for item in try items() {
            let text = try item.string(rule)
            guard seen.insert(fold(text)).inserted else {
                throw item.problem("found \(Quoted(text)) a second time in \(what), expected it once.")
            }
            result.append(text)
        }
        return result
    }

    private func hasType(_ name: Tag.Name) -> Bool { node.tag.description == name.rawValue }

    private func mismatch(_ expected: String, isSecret: Bool = false) -> BottleError {
        problem("found \(found(isSecret: isSecret)) for \(what), expected \(expected).")
    }

    private func found(isSecret: Bool) -> String {
        switch node {
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .alias: return "an alias"
        case .scalar(let scalar):
            if hasType(.null) { return "nothing" }
            if hasType(.str) { return "a string" }
            if isSecret { return "a bare word or number" }
            let text = Quoted(scalar.string)
            if hasType(.int) || hasType(.float) { return "the bare number \(text)" }
            if hasType(.bool) { return "the bare truth value \(text)" }
            return "\(text) of type \(Quoted(node.tag.description))"
        }
    }
}
