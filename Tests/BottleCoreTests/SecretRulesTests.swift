// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@Suite struct SecretRulesTests {
    /// Put together here, so that no scanner takes this file for a leak.
    @Test(arguments: [
        ("sk" + "-ant-api03-" + "abcdefghijklmnop", "an API key"),
        ("ghp" + "_" + "0123456789abcdefghij", "a GitHub token"),
        ("x github" + "_pat_0123456789abcdefghij y", "a GitHub token"), ("AKIA" + "0123456789ABCDEF", "an AWS key"),
        ("k=xoxb" + "-0123456789-abc", "a Slack token"), ("eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "a JSON web token"),
        ("-----BEGIN RSA" + " PRIVATE KEY-----\nx", "a private key"), ("https://me:pw@git.example", "with a password"),
        ("a://b ssh://:x@c", "with a password"), ("glpat" + "-0123456789abcdefghij", "a GitLab token"),
    ])
    func valuesThatLookLikeSecretsAreRefusedWithoutBeingRepeated(_ value: String, _ kind: String) throws {
        let reason = try #require(SecretRules.problem(withVariable: "V", value: value))
        #expect(reason.contains(kind))
        #expect(!reason.contains(value))
    }

    @Test(arguments: [
        "", "hello", "sk-short", "task-force-of-many-people", "https://example.com/a?b=c:d@e", "user@host:path",
        "ghp_x", "1.2.3", "http://[::1]:80/", "placeholder", "-----BEGIN CERTIFICATE-----", "egress-placeholder",
    ])
    func ordinaryValuesPass(_ value: String) {
        #expect(SecretRules.problem(withVariable: "V", value: value) == nil)
    }

    @Test func onlyThePlaceholderStandsForALogin() {
        for value in ["", "egress-placeholder"] {
            #expect(SecretRules.problem(withVariable: "CLAUDE_CODE_OAUTH_TOKEN", value: value) == nil)
        }
        let reason = SecretRules.problem(withVariable: "CLAUDE_CODE_OAUTH_TOKEN", value: "word")
        #expect(reason?.contains("claude_code_oauth") == true)
        #expect(reason?.contains("word") == false)
    }

    @Test func aTokensValueNeverEntersTheGuest() {
        let tokens = ["API_TOKEN": Redacted("s3cret"), "EMPTY": Redacted("")]
        let clean = SecretRules.problem(withEnvironment: ["A": "s3cre", "B": ""], tokens: tokens)
        #expect(clean == nil)
        let reason = SecretRules.problem(withEnvironment: ["A": "x", "B": "id:s3cret!"], tokens: tokens)
        #expect(reason == "the variable B holds the value of the token API_TOKEN, which must not enter the guest")
    }

    @Test func anyTextGetsAnAnswer() {
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<10_000 {
            let text = generator.hostileText(upTo: 12)
            let plain = SecretRules.problem(withVariable: "V", value: text)
            let marked = SecretRules.problem(withVariable: "V", value: text + " ghp" + "_0123456789abcdefghij")
            // Nothing that stands before a key hides it.
            #expect(marked != nil)
            #expect(plain == nil || !text.isEmpty)
        }
    }
}
