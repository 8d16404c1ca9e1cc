// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleManifest
import Foundation
import Testing

/// A broken fixture, where it is wrong, and what the message says.
struct BrokenManifest: Sendable, CustomTestStringConvertible {
    let name: String
    let place: String
    let text: String

    init(_ name: String, _ place: String, _ text: String) { (self.name, self.place, self.text) = (name, place, text) }

    var testDescription: String { name }

    static let all = [
        BrokenManifest("empty", "1:1", "empty document"),
        BrokenManifest("comment-only", "1:1", "empty document"),
        BrokenManifest("no-agents", "1:1", "no key \"agents\""),
        BrokenManifest("unknown-key", "3:5", "unknown key \"allow_list\""),
        BrokenManifest("number-for-string", "4:13", "a bare word or number"),
        BrokenManifest("string-for-list", "3:16", "expected a list"),
        BrokenManifest("duplicate-name", "2:3", "\"dev\" more than once"),
        BrokenManifest("duplicate-key", "1:1", "\"bottles\" more than once"),
        BrokenManifest("unknown-bottle", "5:13", "found \"prod\""),
        BrokenManifest("host-with-scheme", "4:9", "it has a scheme"),
        BrokenManifest("host-with-port", "3:17", "it has a port"),
        BrokenManifest("address-literal", "3:17", "IP address"),
        BrokenManifest("double-wildcard", "3:17", "a leading \"*.\""),
        BrokenManifest("wildcard-route", "5:17", "only in an allowlist"),
        BrokenManifest("port-out-of-range", "6:17", "1 to 65535"),
        BrokenManifest("token-value", "6:18", "variable"),
        BrokenManifest("duplicate-route", "7:11", "second route to https://a.example:443"),
        BrokenManifest("bad-variable", "4:7", "found \"2FAST\""),
        BrokenManifest("bad-name", "2:3", "found \"../dev\" as a name"),
        BrokenManifest("null-prompt", "6:12", "found nothing for prompt"),
        BrokenManifest("broken-yaml", "4:1", "broken YAML"),
        BrokenManifest("two-documents", "3:1", "another document"),
        BrokenManifest("undefined-alias", "2:8", "undefined alias"),
        BrokenManifest("git-url-scheme", "7:16", "not ssh or https"),
        BrokenManifest("git-url-password", "7:16", "has a password"),
        BrokenManifest("git-url-userinfo", "7:16", "a user or a password"),
        BrokenManifest("git-url-option", "7:16", "its host cannot be used"),
        BrokenManifest("git-url-local", "7:16", "not an address of a repository"),
        BrokenManifest("git-url-dots", "7:16", "\"..\" in it"),
        BrokenManifest("git-identity-out", "8:21", "leaves the manifest's directory"),
        BrokenManifest("git-identity-absolute", "8:21", "not relative"),
        BrokenManifest("git-identity-https", "6:11", "only an ssh address"),
        BrokenManifest("git-without-url", "5:11", "without url"),
        BrokenManifest("git-bad-name", "5:18", "does not end in"),
        BrokenManifest("git-duplicate-name", "6:11", "\"APP\" a second time"),
        BrokenManifest("git-unknown-key", "4:7", "unknown key \"remotes\""),
        BrokenManifest("supervise-word", "3:16", "found a string for supervise"),
        BrokenManifest("supervise-yes", "3:16", "expected true or false"),
        BrokenManifest("skill-path", "5:14", "found \"../secrets\""),
        BrokenManifest("skill-twice", "5:22", "\"review\" a second time"),
        BrokenManifest("copy-cwd-number", "5:15", "expected true or false"),
        BrokenManifest("agent-file-and-bottle", "4:5", "found bottle beside file"),
        BrokenManifest("agent-file-absolute", "4:11", "not relative"),
        BrokenManifest("agent-file-out", "4:11", "leaves the manifest's directory"),
        BrokenManifest("agent-file-missing", "4:11", "create the file"),
        BrokenManifest("agent-file-no-front-matter", "1:1", "no line \"---\""),
        BrokenManifest("agent-file-unclosed", "1:1", "no second line \"---\""),
        BrokenManifest("agent-file-prompt-key", "3:1", "unknown key \"prompt\""),
        BrokenManifest("agent-file-unknown-bottle", "3:9", "found \"prod\""),
        BrokenManifest("secret-value", "5:15", "MY_KEY: it looks like a GitHub token"),
        BrokenManifest("secret-login", "4:32", "CLAUDE_CODE_OAUTH_TOKEN: it holds a login"),
        BrokenManifest("secret-password", "4:17", "an address with a password"),
        BrokenManifest("env-all-proxy", "4:7", "found all_proxy in env"),
        BrokenManifest("env-tls-off", "4:7", "which certificates are trusted"),
        BrokenManifest("env-preload", "4:7", "would load code"),
        BrokenManifest("env-node-options", "4:7", "its option --require"),
        BrokenManifest("alias-bomb", "1:4", "lists and mappings have to be written out"),
        BrokenManifest("alias-list", "1:8", "lists and mappings have to be written out"),
        BrokenManifest("deep", "1:59", "more than 50 levels"),
        BrokenManifest("deep-blocks", "51:102", "more than 50 levels"),
        BrokenManifest("binary", "2:7", "NUL byte"),
        BrokenManifest("not-utf8", "2:17", "not UTF-8"),
        BrokenManifest("hidden-line-break", "1:22", "invisible line break"),
    ]
}

@Suite struct BrokenManifestTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/manifests/broken")

    @Test(arguments: BrokenManifest.all)
    func refusedAtItsPlace(_ broken: BrokenManifest) throws {
        let path = Self.directory.appending(path: "\(broken.name).yaml").path
        let error = #expect(throws: BottleError.self) { try ManifestFile.load(path) }
        let message = try #require(error?.message)
        #expect(error?.code == .input)
        #expect(message.hasPrefix(Self.directory.path), "\(message)")
        #expect(message.contains(":\(broken.place): "), "\(message)")
        #expect(message.contains(broken.text), "\(message)")
        for secret in ["not-a-variable", "not4real", "hunter2", "8080"] {
            #expect(!message.contains(secret), "the text of a secret must not be repeated")
        }
        #expect(message.count < 400, "\(message)")
    }

    @Test func everyBrokenFixtureIsTested() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
        let names = Set(files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) })
        #expect(names == Set(BrokenManifest.all.map(\.name)))
    }
}
