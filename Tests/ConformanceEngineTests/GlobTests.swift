// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

struct GlobTests {
    static let table: [(String, String, Bool)] = [
        ("NET-*", "NET-01", true), ("net-*", "NET-16", true), ("*-01", "DRIVER-01", true), ("*-01", "NET-010", false),
        ("NET-0?", "NET-03", true), ("NET-0?", "NET-16", false), ("NET-01", "net-01", true), ("NET", "NET-01", false),
        ("*", "", true), ("", "", true), ("", "A", false), ("**", "X", true), ("*E*-0*", "EGRESS-02", true),
        ("a*b*c", "abxbc", true), ("a*b*c", "abxb", false),
    ]

    @Test(arguments: table)
    func matching(pattern: String, text: String, expected: Bool) {
        #expect(Glob(pattern).matches(text) == expected)
    }

    @Test(.timeLimit(.minutes(1)))
    func manyStarsDoNotStall() {
        #expect(!Glob(String(repeating: "*a", count: 200) + "b").matches(String(repeating: "a", count: 2000)))
    }
}
