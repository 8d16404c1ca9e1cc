// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleManifest
import Foundation
import Testing
import Yams

@Suite struct ManifestSchemaTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let file = root.appending(path: "Conformance/manifest.schema.json")

    @Test func theFileIsWhatTheDescriptionSays() throws {
        let rendered = Data(try ManifestSchema.render())
        if ProcessInfo.processInfo.environment["BOTTLE_RECORD"] == "1" {
            try rendered.write(to: Self.file)
            Issue.record("recorded \(Self.file.lastPathComponent); run again without BOTTLE_RECORD")
        }
        let stored = try Data(contentsOf: Self.file)
        #expect(stored == rendered, "run with BOTTLE_RECORD=1 to write it anew, and look at the difference")
    }

    @Test(arguments: [
        "minimal", "everything", "routes-only", "git-only", "supervise-only", "no-prompt", "hostile-strings", "agents",
        "skills",
    ])
    func goodManifestsFit(_ name: String) throws {
        #expect(try problems(name).isEmpty)
    }

    @Test(arguments: [
        "agent-file-and-bottle", "agent-file-absolute", "bad-name", "bad-variable", "copy-cwd-number",
        "double-wildcard",
        "git-identity-absolute", "git-unknown-key", "git-without-url", "host-with-port", "host-with-scheme",
        "no-agents",
        "null-prompt", "number-for-string", "port-out-of-range", "skill-path", "skill-twice", "string-for-list",
        "supervise-word", "token-value", "unknown-key", "wildcard-route",
    ])
    func whatHasTheWrongShapeDoesNot(_ name: String) throws {
        #expect(try !problems("broken/\(name)").isEmpty)
    }

    private func problems(_ name: String) throws -> [String] {
        let path = Self.root.appending(path: "Fixtures/manifests/\(name).yaml")
        let value = try #require(try Yams.load(yaml: String(contentsOf: path, encoding: .utf8)))
        let json = try JSONSerialization.jsonObject(with: JSONSerialization.data(withJSONObject: value))
        let schema = try JSONSerialization.jsonObject(with: Data(ManifestSchema.render()))
        return JSONSchema(try #require(schema as? [String: Any])).problems(json, at: "$")
    }
}

/// The few keywords of JSON Schema that the manifest's uses; an unknown one is a problem of its own.
private struct JSONSchema {
    private let schema: [String: Any]

    init(_ schema: [String: Any]) { self.schema = schema }

    func problems(_ value: Any, at path: String) -> [String] {
        schema.sorted { $0.key < $1.key }.flatMap { keyword, argument in
            problems(value, keyword, argument).map { "\(path): \($0)" }
        }
    }

    private func problems(_ value: Any, _ keyword: String, _ argument: Any) -> [String] {
        switch keyword {
        case "$schema", "title", "description": return []
        case "type": return type(of: value) == argument as? String ? [] : ["no \(argument)"]
        case "enum": return (argument as? [String])?.contains(value as? String ?? "") == true ? [] : ["not in enum"]
        case "minimum": return (value as? Int ?? .min) >= (argument as? Int ?? .max) ? [] : ["too small"]
        case "maximum": return (value as? Int ?? .max) <= (argument as? Int ?? .min) ? [] : ["too large"]
        case "pattern":
            guard let text = value as? String, let pattern = argument as? String else { return [] }
            return text.range(of: pattern, options: .regularExpression) == nil ? ["does not match \(pattern)"] : []
        case "items":
            guard let list = value as? [Any], let schema = argument as? [String: Any] else { return [] }
            return list.flatMap { JSONSchema(schema).problems($0, at: "item") }
        case "uniqueItems":
            guard let list = value as? [String], argument as? Bool == true else { return [] }
            return Set(list).count == list.count ? [] : ["an item stands twice"]
        case "anyOf":
            let found = (argument as? [[String: Any]] ?? []).map { JSONSchema($0).problems(value, at: "anyOf") }
            return found.contains(where: \.isEmpty) ? [] : found.flatMap(\.self) + ["nothing of anyOf"]
        case "required", "properties", "additionalProperties", "propertyNames":
            guard let object = value as? [String: Any] else { return [] }
            return problems(object, keyword, argument)
        default: return ["the keyword \(keyword) is unknown to this test"]
        }
    }

    private func problems(_ object: [String: Any], _ keyword: String, _ argument: Any) -> [String] {
        let properties = schema["properties"] as? [String: Any] ?? [:]
        switch keyword {
        case "required":
            return (argument as? [String] ?? []).filter { object[$0] == nil }.map { "no \($0)" }
        case "properties":
            return object.flatMap { key, value in
                (properties[key] as? [String: Any]).map { JSONSchema($0).problems(value, at: key) } ?? []
            }
        case "propertyNames":
            guard let schema = argument as? [String: Any] else { return ["propertyNames is no object"] }
            return object.keys.flatMap { JSONSchema(schema).problems($0, at: $0) }
        default:
            let others = object.filter { properties[$0.key] == nil }
            guard let schema = argument as? [String: Any] else { return others.keys.map { "unknown key \($0)" } }
            return others.flatMap { JSONSchema(schema).problems($0.value, at: $0.key) }
        }
    }

    private func type(of value: Any) -> String {
        if value is [String: Any] { return "object" }
        if value is [Any] { return "array" }
        if value is String { return "string" }
        if value is NSNull { return "null" }
        guard let number = value as? NSNumber else { return "unknown" }
        return isBoolean(number) ? "boolean" : "integer"
    }

    /// Whether a number is true or false: the bridge gives both the same class.
    private func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
