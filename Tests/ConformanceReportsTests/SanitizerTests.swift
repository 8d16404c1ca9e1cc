// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ConformanceReports

struct SanitizerTests {
    @Test(arguments: HostileText.all)
    func nothingHostileSurvives(text: String) {
        for layout in [Sanitizer.Layout.line, .block, .token] {
            for sequences in [Sanitizer.Sequences.visible, .removed] {
                let clean = Sanitizer(layout, sequences: sequences, limit: 2048).clean(text)
                #expect(HostileText.isHarmless(clean))
                #expect(clean.utf8.count < 2048 + 64)
                if layout != .block { #expect(!clean.utf8.contains(0x0A)) }
            }
        }
    }

    /// The control of every test that asks whether a report is harmless.
    @Test func theCorpusIsHostile() {
        #expect(HostileText.all.filter { !HostileText.isHarmless($0) }.count >= 10)
    }

    @Test func controlsAreShown() {
        let sanitizer = Sanitizer(.line)
        #expect(sanitizer.clean("a\u{1b}[31m\u{7}\0\u{9b}\n\u{202e}b") == "a\\x1b[31m\\x07\\x00\\x9b\\n\\u{202e}b")
    }

    @Test(
        arguments: [
            ("\u{1b}[31mred\u{1b}[0m", "red"), ("a\u{1b}]0;t\u{7}b\u{1b}]0;t\u{1b}\\c\u{9d}t\u{9c}d", "abcd"),
            ("\u{1b}[?25lx\u{9b}2Jy\u{1b}(Bz", "xyz"), ("\u{1b}]open", "\\x1b]open"), ("\u{1b}[31", "\\x1b[31"),
            // Removing the inner sequence must not make a new one of its neighbours.
            ("\u{1b}\u{1b}[m[31mb", "\\x1b[31mb"),
            // A string is broken off by any other control, so it cannot swallow what follows.
            ("\u{1b}]0;a\nsecret", "\\x1b]0;a\nsecret"),
        ])
    func wholeSequencesVanish(text: String, expected: String) {
        #expect(Sanitizer(.block, sequences: .removed).clean(text) == expected)
    }

    @Test func tokensHaveSingleSpaces() {
        #expect(Sanitizer(.token).clean(" \n a \t\r\n b  ") == "a b")
        #expect(Sanitizer(.token).clean("  \n ") == "")
    }

    @Test func blocksKeepLines() {
        #expect(Sanitizer(.block).clean("a\r\nb\rc\td") == "a\nb\\rc\td")
    }

    @Test func cutsAreMarkedAndOnScalarBoundaries() {
        #expect(Sanitizer(.line, limit: 4).clean("aé漢字") == "aé [cut: 9 bytes in all]")
        #expect(Sanitizer(.line, limit: 9).clean("aé漢字") == "aé漢字")
    }

    @Test(
        arguments: [
            ([0x61, 0xFF, 0x62], "a\\xffb"), ([0xC3, 0x28], "\\xc3("), ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"),
            ([0xF0, 0x9F, 0xA7, 0xAA], "🧪"), ([0xF0, 0x9F], "\\xf0\\x9f"), ([], ""),
        ] as [([UInt8], String)])
    func invalidBytesAreShown(bytes: [UInt8], expected: String) {
        #expect(Sanitizer.text(bytes) == expected)
    }

    @Test func bytesAreCutBetweenScalars() {
        #expect(Sanitizer.text([UInt8]("aé漢字".utf8), limit: 5) == "aé [cut: 9 bytes in all]")
        // Nothing but continuation bytes: no scalar to keep whole.
        #expect(Sanitizer.text([UInt8](repeating: 0x80, count: 9), limit: 4) == "\\x80 [cut: 9 bytes in all]")
        #expect(Sanitizer.text([UInt8](repeating: 0xFF, count: 5_000_000), limit: 64).utf8.count < 512)
    }

    @Test(
        arguments: [
            (1.0, "1"), (0.25, "0.250"), (3.2144, "3.214"), (0.0004, "0"), (-1, "0"), (.nan, "0"), (.infinity, "0"),
            (1e300, "1000000000000"), (1.9996, "2"), (12.05, "12.050"),
        ])
    func numbersHaveAPointAndNoExponent(value: Double, expected: String) {
        #expect(FixedPoint.text(value, digits: 3) == expected)
    }
}
