// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleRender
import Testing

@Suite struct BasicStringTests {
    @Test(arguments: [
        ("", #""""#), ("a b~", #""a b~""#), ("\"\\", #""\"\\""#), ("\u{8}\t\n\u{c}\r", #""\b\t\n\f\r""#),
        ("\u{0}\u{1b}\u{7f}\u{85}", #""\u0000\u001B\u007F\u0085""#), ("\u{feff}a", #""\uFEFFa""#),
        ("\u{202e}\u{200b}\u{2028}", #""\u202E\u200B\u2028""#), ("é", #""\u00E9""#), ("😀", #""\U0001F600""#),
        ("\r\n", #""\r\n""#), ("e\u{301}", #""e\u0301""#), ("\u{10ffff}", #""\U0010FFFF""#),
    ])
    func everyScalarStandsForItself(text: String, quoted: String) {
        #expect(BasicString.quoted(text).utf8.elementsEqual(quoted.utf8))
    }
}
