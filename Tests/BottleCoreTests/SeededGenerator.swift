// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Random numbers that are the same in every run: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// Text of any length up to a limit, rich in what breaks renderers, shells and parsers.
    mutating func hostileText(upTo limit: Int) -> String {
        let pieces = [
            "a", "Z", "0", "=", "\n", "\r", "\t", " ", "\"", "'", "\\", "$", "`", "$(id)", "${HOME}", "#", ": ", "- ",
            "{", "}", "[", "]", "&a", "*a", "!t", "|", ">", "%", "@", ",", ";", "/", "..", "../", "--", "-e", "<<",
            "]]",
            "\"\"\"", "'''", "\u{0}", "\u{1b}[2J", "\u{7f}", "\u{85}", "\u{2028}", "\u{202e}", "\u{feff}", "\u{e9}",
            "\u{1F600}", "HTTPS_PROXY", "\nHTTPS_PROXY=x", "http_proxy", "_proxy", "LD_", "GIT_GATE_URL", "claude",
        ]
        let count = Int.random(in: 0...limit, using: &self)
        return (0..<count).map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
    }
}
