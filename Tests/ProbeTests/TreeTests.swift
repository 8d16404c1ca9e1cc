// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    @Suite struct TreeTests {
        @Test func oneDigestStandsForEverything() async throws {
            try await ScratchDirectory.with { directory in
                let path = directory.resolvingSymlinksInPath().path
                try await shell(
                    "mkdir -m 750 d; printf abc > d/b; chmod 640 d/b; printf '' > a; chmod 600 a; ln -s d/b l", in: path
                )
                let first = try await ProbeRunner.batch("tree t n \(hex(path))").line("t")
                #expect(first.errno == nil && first.stage == "done")
                // sha256sum of the lines that the format has for these entries.
                let expected = try await shell(
                    """
                    empty=$(sha256sum < a | cut -d' ' -f1); abc=$(sha256sum < d/b | cut -d' ' -f1)
                    target=$(printf d/b | sha256sum | cut -d' ' -f1)
                    printf 'r 0600 %s a\\nd 0750 - d\\nr 0640 %s d/b\\nl 0777 %s l\\n' $empty $abc $target | sha256sum | cut -d' ' -f1
                    """, in: path)
                #expect(first.fact("digest") == expected)
                #expect(first.fact("count") == "4")
                #expect(first.fact("names") == "a/d/l/")
                #expect(first.fact("uids") == "\(getuid())" && first.fact("uid") == "\(getuid())")
                #expect(first.fact("strangers") == "0")
                for change in ["chmod 644 a", "printf x >> d/b", "ln -sf a l", "mkfifo f", "touch d/c"] {
                    let before = try await ProbeRunner.batch("tree t n \(hex(path))").line("t").fact("digest")
                    _ = try await shell(change, in: path)
                    let after = try await ProbeRunner.batch("tree t n \(hex(path))").line("t").fact("digest")
                    #expect(before != nil && after != nil && before != after, "\(change)")
                }
            }
        }

        @Test func linksAreNotFollowedAndMissingIsSaid() async throws {
            try await ScratchDirectory.with { directory in
                let path = directory.resolvingSymlinksInPath().path
                _ = try await shell("ln -s /etc link; touch file", in: path)
                let run = try await ProbeRunner.batch(
                    "tree a n \(hex(path + "/link"))", "tree b n \(hex(path + "/none"))",
                    "tree c n \(hex(path + "/file"))",
                    "tree d n \(hex(path))")
                #expect(try ["ELOOP", "ENOTDIR"].contains(run.line("a").errno ?? ""))
                #expect(try run.line("b").errno == "ENOENT")
                #expect(try run.line("c").errno == "ENOTDIR")
                #expect(try run.line("d").fact("count") == "2")
            }
        }

        @Test func appendsAndNeverThroughALink() async throws {
            try await ScratchDirectory.with { directory in
                let path = directory.path
                _ = try await shell("printf a > file; ln -s file link; mkfifo fifo", in: path)
                let run = try await ProbeRunner.batch(
                    "appendfile a n \(hex(path + "/file")) 62", "appendfile b n \(hex(path + "/new")) 63",
                    "appendfile c n \(hex(path + "/link")) 64", "appendfile d n \(hex(path + "/fifo")) 65")
                #expect(try run.line("a").errno == nil)
                #expect(try run.line("b").errno == nil)
                #expect(try run.line("c").errno == "ELOOP")
                #expect(try run.line("d").errno == "ENXIO")
                #expect(try await shell("cat file new; stat -c %a new", in: path) == "abc600")
            }
        }

        @Test func aStandInTellsHowItWasCalled() async throws {
            let arguments = ["stand-in", "--flag", "a b", "", "ü\n\"x\""]
            let run = try await ProbeRunner.start(
                arguments, input: "arguments a n\nenvironment e n\n", environment: ["K": "v"])
            let line = try run.line("a")
            #expect(line.fact("count") == "4")
            #expect((0..<4).map { line.fact("argument.\($0)") } == arguments.dropFirst().map(Optional.some))
            #expect(try run.line("e").fact("env.K") == "v")
        }

        @Test func everyReadableEnvironmentIsSeen() async throws {
            // That of the shell, which waits for the probe: the probe itself lets nobody read its own.
            let run = try await ProbeRunner.start(
                ["-c", "'\(ProbeRunner.executable.path)' batch; exit $?"], of: URL(fileURLWithPath: "/bin/sh"),
                input: "environs a n\n", environment: ["MARK": "here ü"])
            let line = try run.line("a")
            let values = line.facts.filter { $0.key.hasPrefix("environ.") }.compactMap { $0.value as? String }
            #expect(values.contains { $0.split(separator: "\0").contains("MARK=here ü") })
            let readable = try #require(line.fact("readable").flatMap { Int($0) })
            let processes = try #require(line.fact("processes").flatMap { Int($0) })
            #expect(readable > 0 && readable <= processes)
        }

        @discardableResult
        private func shell(_ script: String, in directory: String) async throws -> String {
            let run = try await ProbeRunner.start(
                ["-ec", "cd '\(directory)'\n\(script)"], of: URL(fileURLWithPath: "/bin/sh"),
                environment: ["PATH": "/usr/bin:/bin"])
            #expect(run.exitCode == 0, "\(String(decoding: run.errors, as: UTF8.self))")
            return run.text.filter { $0 != "\n" }
        }
    }
}
