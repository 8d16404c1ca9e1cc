// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Testing

struct JSONValueTests {
    @Test
    func wholeDocument() throws {
        let text = #" {"a":[1,-2.5e2,true,false,null,"x\n\u00fc\ud83e\uddea\/"],"b":{}} "#
        let value = try JSONValue.parse(text.utf8)
        #expect(
            value["a"]?.array == [
                .number(1), .number(-250), .bool(true), .bool(false), .null, .string("x\nü\u{1F9EA}/"),
            ])
        #expect(value["b"] == .object([:]))
        #expect(value["c"] == nil)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{a:1}", "{\"a\"}", "[1 2]", "01", "1.", ".5",
        "+1",
        "-", "1e", "1e999", "tru", "nul", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
        "\"\\udc00\"", "\"\u{1}\"", "1 2", "{}{}", "NaN", "Infinity", "'a'", "[\"\\",
    ])
    func rejected(text: String) throws {
        let error = try #require(throws: BottleError.self) { try JSONValue.parse(text.utf8) }
        #expect(error.code == .input)
        #expect(error.message.contains("byte"))
    }

    @Test
    func invalidUTF8AndDepthAreRejected() {
        #expect(throws: BottleError.self) { try JSONValue.parse([0x22, 0xff, 0x22]) }
        #expect(throws: BottleError.self) { try JSONValue.parse([0x22, 0xed, 0xa0, 0x80, 0x22]) }
        let deep = String(repeating: "[", count: 33) + String(repeating: "]", count: 33)
        #expect(throws: BottleError.self) { try JSONValue.parse(deep.utf8) }
        #expect(throws: BottleError.self) { try JSONValue.parse([UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)) }
        #expect(throws: Never.self) {
            try JSONValue.parse((String(repeating: "[", count: 32) + String(repeating: "]", count: 32)).utf8)
        }
    }

    @Test
    func randomBytesNeverCrash() {
        var generator = SplitMix(state: 42)
        let alphabet = Array("{}[]\",:\\u0123d8e-+.truefalsn \n".utf8)
        var accepted = 0
        for round in 0..<20_000 {
            let length = Int.random(in: 0..<40, using: &generator)
            let bytes = (0..<length).map { _ in
                round.isMultiple(of: 2)
                    ? UInt8.random(in: 0...255, using: &generator)
                    : alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            if (try? JSONValue.parse(bytes)) != nil { accepted += 1 }
        }
        #expect(accepted > 0, "the generator makes a document now and then")
        #expect(accepted < 10_000)
    }

    @Test
    func everyCutOfADocumentIsRejected() {
        let document = Array(#"{"begin":"ab","ms":12.5,"received":["00"],"facts":{"k":"\u00fc"},"end":"ab"}"#.utf8)
        for length in 0..<document.count {
            #expect(throws: BottleError.self) { try JSONValue.parse(document[..<length]) }
        }
    }
}

/// A generator with a seed, so that a failure can be seen again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
