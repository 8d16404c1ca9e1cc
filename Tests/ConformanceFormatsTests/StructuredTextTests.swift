// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import ConformanceFormats
import Testing

struct StructuredTextTests {
    private let wanted = JSONValue.object([
        "name": .string("it's \"so\"\n"), "port": .number(8888), "on": .bool(true), "none": .null,
        "list": .array([.string("1"), .number(1.5), .array([])]), "map": .object([:]),
    ])

    @Test func theThreeFormatsSayTheSame() throws {
        let json =
            #"{"name": "it's \"so\"\n", "port": 8888, "on": true, "none": null, "list": ["1", 1.5, []], "map": {}}"#
        let yaml = """
            name: "it's \\"so\\"\\n"
            port: 8888
            "on": true
            none:
            list: ["1", 1.5, []]
            map: {}

            """
        #expect(try StructuredText.json(json) == wanted)
        #expect(try StructuredText.yaml(yaml) == wanted)
        let toml = """
            name = "it's \\"so\\"\\n"
            port = 8888
            on = true
            list = ["1", 1.5, []]
            [map]

            """
        var members: [String: JSONValue] = [:]
        if case .object(let all) = wanted { members = all.filter { $0.key != "none" } }
        #expect(try StructuredText.toml(toml) == .object(members))
    }

    @Test(arguments: [0, 1, 7, 0x1b, 0x7f, 0x85, 0xfeff, 0x202e, 0x2028, 0x1f600])
    func everyCharacterComesBack(code: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(code))
        let text = "a\(String(scalar))b"
        let digits = String(code, radix: 16)
        let escape = "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        #expect(
            try StructuredText.toml("x = \"a\(escape)b\"\n").pretty == JSONValue.object(["x": .string(text)]).pretty)
        // libyaml knows the same escape.
        #expect(try StructuredText.yaml("x: \"a\(escape)b\"\n").pretty == JSONValue.object(["x": .string(text)]).pretty)
    }

    @Test(arguments: [
        "a: \"\\uFEFFx\"\n", "b: 1\r\na: \"\\ufeffx\"\n", "{\"a\": \"\\U0000FEFFx\"}", "- 1\n- {a: \"\u{feff}x\"}\n",
    ])
    func aLeadingByteOrderMarkStays(text: String) throws {
        let value = try StructuredText.yaml(text)
        let found = value["a"]?.string ?? value.array?.last?["a"]?.string
        #expect(found.map { Array($0.unicodeScalars) } == ["\u{feff}", "x"])
        #expect(try StructuredText.yaml("a: '\\uFEFFx'\n")["a"] == .string("\\uFEFFx"))
        #expect(try StructuredText.yaml("a: \"x\\uFEFF\"\n")["a"]?.string?.unicodeScalars.count == 2)
    }

    @Test(arguments: [
        "a: 1\na: 2\n", "a: &x 1\nb: *x\n", "a: *x\n", "a: !secret b\n", "a: !!binary aGk=\n", "a: 1\n---\nb: 2\n",
        "a: yes\n", "a: 0644\n", "a: 1:30\n", "a: 2026-01-31\n", "<<: {a: 1}\n", "1: a\n", "a: [\n", "", "a: .inf\n",
        "a: 1_000\n", "? [a]\n: b\n", "a: \u{0}\n", "x: &a [1]\ny: &b [*a, *a]\nz: [*b, *b]\n",
        "a: !!map {b: 1}\n---\n",
    ])
    func whatYAMLReadersDisagreeOnIsRefused(text: String) {
        #expect(throws: BottleError.self) { try StructuredText.yaml(text) }
    }

    @Test(arguments: [
        "a = 1\na = 2\n", "[a]\n[a]\n", "a = \n", "a = \"\u{0}\"\n", "a = nan\n", "a = \"x\ny\"\n", "a = 'b\n",
    ])
    func brokenTOMLIsRefused(text: String) {
        #expect(throws: BottleError.self) { try StructuredText.toml(text) }
    }

    @Test(arguments: [#"{"a": 1, "a": 2}"#, #"{"a": 1} {}"#, "{a: 1}", "", "{\"a\": \"\u{0}\"}", #"{"a": 010}"#])
    func brokenJSONIsRefused(text: String) {
        #expect(throws: BottleError.self) { try StructuredText.json(text) }
    }

    @Test func nestingIsBounded() {
        #expect(throws: BottleError.self) {
            try StructuredText.yaml(String(repeating: "[", count: 70) + String(repeating: "]", count: 70))
        }
        #expect(throws: BottleError.self) {
            try StructuredText.yaml(String(repeating: "x", count: StructuredText.longest + 1))
        }
    }
}
