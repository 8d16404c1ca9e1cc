// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

package import BottleCore

/// A place in a configuration document, so that every message can say where.
package struct ConfigNode {
    private let file: String
    private let path: String
    private let value: JSONValue

    /// Parses a document; throws `.input` with the file's name and line.
    package init(document: [UInt8], file: String) throws(BottleError) {
        do {
            value = try JSONParser.parse(document)
        } catch {
            throw BottleError(.input, "\(file):\(error.line): not a JSON document: \(error.message)")
        }
        self.file = file
        path = ""
    }

    private init(file: String, path: String, value: JSONValue) {
        self.file = file
        self.path = path
        self.value = value
    }

    /// An `.input` error about this place.
    package func failure(_ message: String) -> BottleError {
        BottleError(.input, path.isEmpty ? "\(file): \(message)" : "\(file): \(path): \(message)")
    }

    private func wrongType(_ expected: String) -> BottleError { failure("expected \(expected), found \(value.kind)") }

    /// The members of an object; throws when a name is not among `known`.
    package func object(known: Set<String>) throws(BottleError) -> [String: ConfigNode] {
        let members = try self.members()
        for name in members.keys.sorted() where !known.contains(name) {
            throw failure("unknown key '\(name)'; known are \(known.sorted().joined(separator: ", "))")
        }
        return members
    }

    /// The members of an object with names of the user's own.
    package func members() throws(BottleError) -> [String: ConfigNode] {
        guard case .object(let members) = value else { throw wrongType("an object") }
        var nodes: [String: ConfigNode] = [:]
        for member in members {
            let place = path.isEmpty ? member.name : "\(path).\(member.name)"
            nodes[member.name] = ConfigNode(file: file, path: place, value: member.value)
        }
        return nodes
    }

    /// The elements of a list.
    package func array() throws(BottleError) -> [ConfigNode] {
        guard case .array(let elements) = value else { throw wrongType("a list") }
        return elements.enumerated().map { ConfigNode(file: file, path: "\(path)[\($0)]", value: $1) }
    }

    package func string() throws(BottleError) -> String {
        guard case .string(let text) = value else { throw wrongType("a string") }
        return text
    }

    package func strings() throws(BottleError) -> [String] {
        var all: [String] = []
        for node in try array() { all.append(try node.string()) }
        return all
    }

    package func bool() throws(BottleError) -> Bool {
        guard case .bool(let flag) = value else { throw wrongType("true or false") }
        return flag
    }

    package func integer(in range: ClosedRange<Int>) throws(BottleError) -> Int {
        guard case .integer(let number) = value else { throw wrongType("a whole number") }
        guard range.contains(number) else {
            throw failure("\(number) is out of range (\(range.lowerBound) to \(range.upperBound))")
        }
        return number
    }

    /// An integer or a fraction.
    @discardableResult
    package func number() throws(BottleError) -> Double {
        switch value {
        case .integer(let number): return Double(number)
        case .number(let number): return number
        default: throw wrongType("a number")
        }
    }

    /// Whether the value is an explicit null.
    package var isNull: Bool { value == .null }
}
