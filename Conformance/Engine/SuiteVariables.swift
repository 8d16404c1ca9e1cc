// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The variables that the suite's own bottles declare.
public enum SuiteVariables {
    /// Values that a shell, a template, a list of `NAME=value` or a line reader would change.
    public static let verbatim: [String: String] = [
        "BOTTLE_SUITE_PLAIN": "plain",
        "BOTTLE_SUITE_SPACES": "  two leading, two  inside, one trailing ",
        "BOTTLE_SUITE_QUOTES": "\"double\" 'single' `tick`",
        "BOTTLE_SUITE_EQUALS": "a=b==c=",
        "BOTTLE_SUITE_DOLLAR": "$HOME ${HOME} $$ %HOME%",
        "BOTTLE_SUITE_BACKSLASH": "a\\b\\\\n\\",
        "BOTTLE_SUITE_NEWLINE": "first\nsecond\n",
        "BOTTLE_SUITE_UTF8": "ü \u{1F9EA} \u{65E5}\u{672C}",
        "BOTTLE_SUITE_EMPTY": "",
    ]
    /// What any channel carries unchanged: when this one is wrong, the channel is missing and not clumsy.
    public static let plain = "BOTTLE_SUITE_PLAIN"
}
