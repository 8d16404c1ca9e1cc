// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// The shape of a secret that somebody issues: letters that it begins with, and at least so many of an alphabet after them.
package struct SecretPattern: Sendable, Hashable {
    /// The bytes that follow the beginning.
    package enum Alphabet: Sendable, Hashable {
        case upperAndDigits, lettersAndDigits, word, hex

        func contains(_ byte: UInt8) -> Bool {
            switch self {
            case .upperAndDigits: (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
            case .lettersAndDigits: byte.isLetterOrDigit
            case .word: byte.isLetterOrDigit || byte == 0x2d || byte == 0x5f
            case .hex: hexDigit(byte) != nil
            }
        }
    }

    /// For the log and for whoever is refused.
    package let name: String
    let beginning: [UInt8]
    let alphabet: Alphabet
    let count: Int

    package init(_ name: String, _ beginning: String, _ alphabet: Alphabet, _ count: Int) {
        self.name = name
        self.beginning = Array(beginning.utf8)
        self.alphabet = alphabet
        self.count = count
    }

    /// What the well-known issuers document about their tokens; a private key shows in its first line.
    package static let usual = [
        SecretPattern("AWS Access Key", "AKIA", .upperAndDigits, 16),
        SecretPattern("AWS Access Key", "ASIA", .upperAndDigits, 16),
        SecretPattern("Anthropic API Key", "sk-ant-", .word, 20),
        SecretPattern("OpenAI API Key", "sk-proj-", .word, 20),
        SecretPattern("OpenAI API Key", "sk-svcacct-", .word, 20),
        SecretPattern("GitHub Token", "ghp_", .lettersAndDigits, 36),
        SecretPattern("GitHub Token", "gho_", .lettersAndDigits, 36),
        SecretPattern("GitHub Token", "ghu_", .lettersAndDigits, 36),
        SecretPattern("GitHub Token", "ghs_", .lettersAndDigits, 36),
        SecretPattern("GitHub Token", "ghr_", .lettersAndDigits, 36),
        SecretPattern("GitHub Token", "github_pat_", .word, 22),
        SecretPattern("GitLab Token", "glpat-", .word, 20),
        SecretPattern("Slack Token", "xoxb-", .word, 20),
        SecretPattern("Slack Token", "xoxp-", .word, 20),
        SecretPattern("Slack Token", "xoxa-", .word, 20),
        SecretPattern("Slack Token", "xoxr-", .word, 20),
        SecretPattern("Slack Token", "xoxs-", .word, 20),
        SecretPattern("Google API Key", "AIza", .word, 35),
        SecretPattern("Stripe Key", "sk_live_", .lettersAndDigits, 20),
        SecretPattern("Stripe Key", "rk_live_", .lettersAndDigits, 20),
        SecretPattern("npm Token", "npm_", .lettersAndDigits, 36),
        SecretPattern("SendGrid Key", "SG.", .word, 20),
        SecretPattern("Private Key", "-----BEGIN PRIVATE KEY", .word, 0),
        SecretPattern("Private Key", "-----BEGIN RSA PRIVATE KEY", .word, 0),
        SecretPattern("Private Key", "-----BEGIN EC PRIVATE KEY", .word, 0),
        SecretPattern("Private Key", "-----BEGIN OPENSSH PRIVATE KEY", .word, 0),
        SecretPattern("Private Key", "-----BEGIN ENCRYPTED PRIVATE KEY", .word, 0),
    ]

    /// Whether one stands at the start of these bytes.
    func matches(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.starts(with: beginning) else { return false }
        let rest = bytes.dropFirst(beginning.count).prefix(count)
        return rest.count == count && rest.allSatisfy(alphabet.contains)
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5a).contains(self) || (0x61...0x7a).contains(self)
    }
}
