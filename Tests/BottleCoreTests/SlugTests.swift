// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@Suite struct SlugTests {
    @Test(arguments: ["a", "0", "a-b", "a--b", "dev-1", String(repeating: "x", count: 40)])
    func accepts(_ text: String) throws {
        #expect(try Slug(text).text == text)
    }

    @Test(arguments: [
        "", "-", "-a", "a-", "A", "a_b", "a.b", "../a", "a/b", "a b", "a\n", "a\0", "é", "--help",
        String(repeating: "x", count: 41),
    ])
    func refuses(_ text: String) {
        let error = #expect(throws: BottleError.self) { try Slug(text) }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("\n") == false)
    }

    @Test(arguments: [
        ("helper", "helper-"), ("My Agent.v2", "my-agent-v2-"), ("../../etc", "etc-"), ("", ""), ("---", ""),
        ("ÄÖ", ""), (String(repeating: "long", count: 100), "longlonglonglonglonglonglonglon-"),
    ])
    func freshSlugKeepsWhatItCanOfTheName(_ name: String, _ prefix: String) throws {
        let slug = Slug.fresh(agentName: name)
        #expect(try Slug(slug.text) == slug)
        #expect(slug.text.hasPrefix(prefix))
        #expect(slug.text.count == prefix.count + 8)
    }

    @Test func freshSlugsDiffer() {
        #expect(Set((0..<1000).map { _ in Slug.fresh(agentName: "a").text }).count == 1000)
    }

    @Test func quotingHidesWhatCouldRepaintATerminal() {
        #expect(Quoted("a\"b\\\u{1b}[31m\n\u{202e}é").description == #""a\"b\\\u{1b}[31m\n\u{202e}é""#)
        #expect(Quoted(String(repeating: "x", count: 500)).description.count == 83)
    }
}
