// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@Suite struct ManifestRulesTests {
    @Test(arguments: [
        "ssh://git.example/a", "ssh://git@git.example:22/~me/a.git", "git@git.example:team/a.git",
        "a.b-c_d@h.example:/x",
        "https://git.example/a.git", "https://git.example:8443/a+b/c%20d", "ssh://git@192.0.2.1/a", "git@192.0.2.1:a",
    ])
    func addressesOfRepositoriesAreAccepted(_ url: String) {
        #expect(ManifestRules.problem(withGitURL: url) == nil)
    }

    @Test(arguments: [
        "", "a", "/srv/a.git", "../a", "file:///a", "git://h.example/a", "http://h.example/a", "ftp://h.example/a",
        "ext::sh -c id", "ssh://h.example", "ssh:///a", "ssh://@h.example/a", "ssh://-x/a", "ssh://-x@h.example/a",
        "git@-x:a", "-x@h.example:a", "git@h.example:", "git@h.example:-x", "git@h.example:a/../../b", "git@:a",
        "ssh://u:p@h.example/a", "https://u@h.example/a", "https://h.example:0/a", "https://h.example:65536/a",
        "https://h.example:/a", "https://127.1/a", "https://[::1]/a", "ssh://h.example/a b", "ssh://h.example/a'b",
        "ssh://h.example/$(id)", "ssh://h.example/a\nb", "h.example:a", "SSH://h.example/a", "ssh://u@v@h.example/a",
    ])
    func everythingElseIsRefusedWithoutBeingRepeated(_ url: String) throws {
        let reason = try #require(ManifestRules.problem(withGitURL: url))
        #expect(url.count < 4 || !reason.contains(url))
    }

    @Test(arguments: ["HTTPS_PROXY", "EGRESS_UPSTREAM_PROXY", "SUPERVISE_QUEUE_DIR", "LD_PRELOAD", "SOCKS_PROXY"])
    func aTokenIsNotNamedLikeWhatProgramsRead(_ name: String) {
        #expect(ManifestRules.problem(withTokenVariable: name)?.contains("something else") == true)
        #expect(ManifestRules.problem(withTokenVariable: "CLAUDE_CODE_OAUTH_TOKEN") == nil)
    }

    @Test(arguments: ["a", "keys/a", "a b", "a..b", ".ssh/key", "\u{e9}"])
    func relativePathsAreAccepted(_ path: String) { #expect(ManifestRules.problem(withRelativePath: path) == nil) }

    @Test(arguments: [
        "", "/", "/a", "~/a", "..", "a/..", "../a", "a/../../b", ".", "./a", "a//b", "a/", "a\n", "a:b", "a,b", "-a",
        "a\0", String(repeating: "x", count: 2000),
    ])
    func pathsThatCouldLeaveOrConfuseAreRefused(_ path: String) {
        #expect(ManifestRules.problem(withRelativePath: path) != nil)
    }

    @Test func noAcceptedTextCanBreakOutOfItsPlace() {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<20_000 {
            let text = generator.hostileText(upTo: 5)
            let url = "git@h.example:\(text)"
            if ManifestRules.problem(withGitURL: url) == nil {
                #expect(url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"'\"\\$`;&|<>(){}*?#!".utf8.contains($0) })
                #expect(!text.split(separator: "/").contains(".."))
            }
            if ManifestRules.problem(withRelativePath: text) == nil {
                #expect(!text.hasPrefix("/") && !text.hasPrefix("-") && !text.split(separator: "/").contains(".."))
                #expect(text.utf8.allSatisfy { $0 >= 0x20 })
            }
            if ManifestRules.problem(withName: text) == nil {
                #expect(!text.hasPrefix("-") && !text.hasPrefix(".") && !text.contains("/"))
            }
        }
    }
}
