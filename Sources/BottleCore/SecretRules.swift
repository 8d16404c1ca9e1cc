// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

/// Which values look like secrets: the guest's environment is public, it stands on the command line of every exec.
///
/// No answer ever repeats a part of a value.
public enum SecretRules {
    /// What is wrong with the value of a variable in a manifest, or nil.
    public static func problem(withVariable name: String, value: String) -> String? {
        if name.uppercased() == GuestEnvironment.oauthVariable, !value.isEmpty, value != Contract.placeholderToken {
            return """
                it holds a login, and everything in a manifest is visible in the guest; declare a route with the role \
                \(GuestEnvironment.oauthRole) and name the variable as its token
                """
        }
        guard let kind = kind(of: value) else { return nil }
        return """
            it looks like \(kind), and everything in a manifest is visible in the guest; declare an egress route and \
            name the variable as its token
            """
    }

    /// What is wrong with an environment that holds the value of a token, or nil; names the variable and the token.
    ///
    /// - Parameter tokens: The values of the tokens by the names of their variables.
    public static func problem(
        withEnvironment environment: [String: String], tokens: [String: Redacted<String>]
    ) -> String? {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            for (token, secret) in tokens.sorted(by: { $0.key < $1.key }) where !secret.exposed.isEmpty {
                guard contains(Array(value.utf8), Array(secret.exposed.utf8)) else { continue }
                return "the variable \(name) holds the value of the token \(token), which must not enter the guest"
            }
        }
        return nil
    }

    /// What a value looks like, for example `"a private key"`, or nil when it looks like nothing secret.
    public static func kind(of value: String) -> String? {
        let bytes = Array(value.utf8)
        if contains(bytes, Array("-----BEGIN".utf8)), contains(bytes, Array("PRIVATE KEY-----".utf8)) {
            return "a private key"
        }
        if hasPassword(bytes) { return "an address with a password in it" }
        // A key is a word of its own, in whatever text it stands: "Bearer KEY", "k=KEY", "[KEY]".
        for word in bytes.split(whereSeparator: { !isWordByte($0) }) {
            for pattern in patterns where word.count >= pattern.prefix.count + pattern.minimum {
                guard word.starts(with: pattern.prefix) else { continue }
                return pattern.kind
            }
            if isWebToken(word) { return "a JSON web token" }
        }
        return nil
    }

    /// A known beginning of a key, and how many bytes at least follow it.
    private struct Pattern {
        let prefix: [UInt8]
        let minimum: Int
        let kind: String

        init(_ prefix: String, _ minimum: Int, _ kind: String) {
            (self.prefix, self.minimum, self.kind) = (Array(prefix.utf8), minimum, kind)
        }
    }

    private static let patterns = [
        Pattern("sk-", 16, "an API key"), Pattern("sk_live_", 10, "an API key"), Pattern("sk_test_", 10, "an API key"),
        Pattern("rk_live_", 10, "an API key"), Pattern("pk_live_", 10, "an API key"),
        Pattern("ghp_", 16, "a GitHub token"), Pattern("gho_", 16, "a GitHub token"),
        Pattern("ghu_", 16, "a GitHub token"), Pattern("ghs_", 16, "a GitHub token"),
        Pattern("ghr_", 16, "a GitHub token"), Pattern("github_pat_", 16, "a GitHub token"),
        Pattern("glpat-", 16, "a GitLab token"), Pattern("gldt-", 16, "a GitLab token"),
        Pattern("xoxb-", 10, "a Slack token"), Pattern("xoxp-", 10, "a Slack token"),
        Pattern("xoxa-", 10, "a Slack token"), Pattern("xapp-", 10, "a Slack token"),
        Pattern("AKIA", 16, "an AWS key"), Pattern("ASIA", 16, "an AWS key"), Pattern("AIza", 30, "a Google key"),
        Pattern("ya29.", 16, "a Google token"), Pattern("npm_", 30, "an npm token"),
        Pattern("pypi-", 30, "a PyPI token"),
        Pattern("hf_", 24, "a Hugging Face token"), Pattern("SG.", 30, "a SendGrid key"),
        Pattern("dop_v1_", 30, "a DigitalOcean token"), Pattern("shpat_", 24, "a Shopify token"),
        Pattern("AGE-SECRET-KEY-", 16, "a private key"),
    ]

    private static func isWordByte(_ byte: UInt8) -> Bool {
        ManifestRules.isAlphanumeric(byte) || byte == 0x2d || byte == 0x5f || byte == 0x2e
    }

    /// Three parts of base64url, of which the first two begin like JSON objects.
    private static func isWebToken(_ word: ArraySlice<UInt8>) -> Bool {
        let parts = word.split(separator: UInt8(ascii: "."))
        return parts.count == 3 && parts[0].count > 10 && parts[0].starts(with: "eyJ".utf8)
            && parts[1].starts(with: "eyJ".utf8)
    }

    /// Whether some `scheme://user:password@host` stands in the text.
    private static func hasPassword(_ bytes: [UInt8]) -> Bool {
        var start = bytes.startIndex
        while let colon = index(of: Array("://".utf8), in: bytes, from: start) {
            let authority = bytes[(colon + 3)...].prefix { byte in
                byte > 0x20 && !"/?#\"'<>".utf8.contains(byte)
            }
            if let at = authority.lastIndex(of: UInt8(ascii: "@")),
                let separator = authority[..<at].firstIndex(of: UInt8(ascii: ":")), separator + 1 < at
            {
                return true
            }
            start = colon + 3
        }
        return false
    }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        index(of: part, in: bytes, from: bytes.startIndex) != nil
    }

    private static func index(of part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = part.first, bytes.count >= part.count else { return nil }
        var position = start
        while let found = bytes[position...].firstIndex(of: first), found + part.count <= bytes.count {
            if bytes[found..<(found + part.count)].elementsEqual(part) { return found }
            position = found + 1
        }
        return nil
    }
}
