// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ConformanceChecks

struct ShellSkeletonTests {
    @Test(arguments: [
        ("a 'b' c", "a \u{a7} c"), ("x='it'\\''s'", "x=\u{a7}"), ("'a' 'b'", "\u{a7} \u{a7}"),
        ("'a''b'", "\u{a7}\u{a7}"),
        ("\"$x 'y'\"", "\"$x 'y'\""), ("\"a\\\"b\" 'c'", "\"a\\\"b\" \u{a7}"), ("# it's\n'x'", "# it's\n\u{a7}"),
        ("a#'b'", "a#\u{a7}"), ("${x#'y'}", "${x#\u{a7}}"), ("\\'a", "\\'a"), ("'a\nb'\nc", "\u{a7}\nc"), ("", ""),
    ])
    func quotedWordsBecomeMarks(script: String, skeleton: String) {
        #expect(ShellSkeleton(script)?.text == skeleton)
    }

    @Test(arguments: ["'", "a 'b", "\"", "'a'\\''", "\"a\\\""])
    func aQuoteHasToEnd(script: String) {
        #expect(ShellSkeleton(script) == nil)
    }

    @Test(arguments: ["$(id)", "`id`", "a; id", "\n", "\"", "\\", "#", "a b", "'", "\u{301}'", "'\\''"])
    func aValueInItsQuotesChangesNothing(value: String) {
        let word = "'\(value.replacing("'", with: "'\\''"))'"
        #expect(ShellSkeleton("x=\(word) run")?.text == "x=\u{a7} run")
        #expect(ShellSkeleton("x=\(value) run") != ShellSkeleton("x='v' run"))
    }
}
