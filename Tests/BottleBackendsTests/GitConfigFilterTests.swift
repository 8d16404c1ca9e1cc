// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleBackends

@Suite struct GitConfigFilterTests {
    @Test func onlyWhatIsHarmlessComesAlong() throws {
        let config = """
            [core]
            \trepositoryformatversion = 0
            \tfsmonitor = touch /tmp/x
            \thooksPath = /evil
            \tsshCommand = evil
            [include]
            \tpath = ~/.secrets
            [credential "https://git.example.com"]
            \thelper = store
            [http]
            \textraheader = Authorization: Basic c2VjcmV0
            [remote "origin"]
            \turl = https://me:secret@git.example.com/x.git
            \tpushurl = ext::sh -c evil
            \tfetch = +refs/heads/*:refs/remotes/origin/*
            [remote "ssh"]
            \turl = git@git.example.com:team/x.git
            [branch "main"]
            \tremote = origin
            \tmerge = refs/heads/main
            [filter "lfs"]
            \tclean = evil
            [alias]
            \tst = !evil
            [user]
            \tname = Somebody ; a comment
            \temail = me@example.com
            [url "https://token@git.example.com/"]
            \tinsteadOf = gh:
            """
        let kept = try GitConfigFilter.filtered(config)
        #expect(
            kept == """
                [core]
                \trepositoryformatversion = 0
                [remote "origin"]
                \turl = https://git.example.com/x.git
                \tfetch = +refs/heads/*:refs/remotes/origin/*
                [remote "ssh"]
                \turl = git@git.example.com:team/x.git
                [branch "main"]
                \tremote = origin
                \tmerge = refs/heads/main
                [user]
                \temail = me@example.com

                """)
    }

    @Test(arguments: [
        "[core]\n\tbare = \\\nfsmonitor = evil\n", "[core] fsmonitor = evil\n", "[remote \"a\\\"]\nurl = x\n",
        "[user]\n\tname = \"x\\n[core]\\nfsmonitor=evil\"\n", "core.fsmonitor = evil\n",
    ])
    func whatIsWrittenOddlyAddsNothing(config: String) {
        let kept = try? GitConfigFilter.filtered(config)
        #expect(kept?.contains("evil") != true, "\(kept ?? "")")
    }

    @Test func whatIsNotUnderstoodIsRefusedWithItsLine() {
        let error = #expect(throws: BottleError.self) { try GitConfigFilter.filtered("[core]\n[bro ken\n") }
        #expect(error?.message.contains("line 2") == true)
    }
}
