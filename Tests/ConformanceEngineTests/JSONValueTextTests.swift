// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

struct JSONValueTextTests {
    @Test func keysAreSortedAndNothingIsHidden() {
        let value = JSONValue.object([
            "b": .array([.number(8888), .number(1.5), .array([]), .object([:])]),
            "a": .string("\"\\\n\t\r\u{0}\u{7f}\u{85}\u{202e}\u{feff}\u{e0001}ü"), "c": .null, "d": .bool(true),
        ])
        #expect(
            value.pretty == #"""
                {
                  "a": "\"\\\n\t\r\u0000\u007f\u0085\u202e\ufeff\udb40\udc01ü",
                  "b": [
                    8888,
                    1.5,
                    [],
                    {}
                  ],
                  "c": null,
                  "d": true
                }

                """#)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        var generator = SystemRandomNumberGenerator()
        func value(_ depth: Int) -> JSONValue {
            switch Int.random(in: 0..<(depth > 3 ? 4 : 6), using: &generator) {
            case 0: return .null
            case 1: return .bool(Bool.random(using: &generator))
            case 2: return .number(Double(Int.random(in: -1_000_000...1_000_000, using: &generator)) / 64)
            case 3: return .string(text())
            case 4: return .array((0..<Int.random(in: 0..<4, using: &generator)).map { _ in value(depth + 1) })
            default:
                let keys = (0..<Int.random(in: 0..<4, using: &generator)).map { "\($0)\(text())" }
                return .object(Dictionary(uniqueKeysWithValues: keys.map { ($0, value(depth + 1)) }))
            }
        }
        func text() -> String {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0..<6, using: &generator) {
                if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10ffff, using: &generator)) {
                    scalars.append(scalar)
                }
            }
            return String(scalars)
        }
        for _ in 0..<1000 {
            let original = value(0)
            #expect(try JSONValue.parse(original.pretty.utf8).pretty == original.pretty)
        }
    }
}
