// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import Foundation
import Testing

@Suite struct GitGateScriptsTests {
    private static func hostile(_ generator: inout SeededGenerator) -> GitGateInput {
        let base = HostileText.path(&generator)
        let scripts = "/scripts\(HostileText.path(&generator))"
        let paths = (0..<2).map { _ in HostileText.path(&generator) }
        return GitGateInput(
            listenAddress: "127.0.0.1", basePath: base, scriptsPath: scripts,
            repositories: paths.enumerated().map { index, path in
                .init(
                    name: "r\(index)", upstream: "ssh://git@git.example\(path)", identityFile: "/id/r\(index)",
                    knownHostsFile: "/kh/r\(index)")
            })
    }

    /// The words of an input that stand in the scripts, quoted.
    private static func words(_ input: GitGateInput) throws -> [String] {
        let repositories = input.repositories.flatMap { [$0.upstream, "\(input.basePath)/\($0.name).git"] }
        return try (repositories + [input.basePath, input.scriptsPath]).map { try ShellWord.quoted($0, "word") }
    }

    /// A script cut at its words: what stands between them, and the number of each word.
    private static func cut(_ script: [UInt8], at words: [String]) -> (texts: [String], order: [Int]) {
        var rest = String(decoding: script, as: UTF8.self)[...]
        var texts: [String] = []
        var order: [Int] = []
        while let next = words.enumerated().compactMap({ index, word in rest.range(of: word).map { (index, $0) } })
            .min(by: { $0.1.lowerBound < $1.1.lowerBound })
        {
            texts.append(String(rest[..<next.1.lowerBound]))
            order.append(next.0)
            rest = rest[next.1.upperBound...]
        }
        return (texts + [String(rest)], order)
    }

    @Test func noValueAddsALineOrLeavesItsQuotes() throws {
        var plain = GitGateInput(listenAddress: "127.0.0.1", basePath: "/b", scriptsPath: "/s", repositories: [])
        plain.repositories = (0..<2).map {
            .init(
                name: "r\($0)", upstream: "ssh://git@git.example/u\($0)", identityFile: "/id/r\($0)",
                knownHostsFile: "/kh/r\($0)")
        }
        let words = try Self.words(plain)
        let templates = try GitGateScripts.render(plain).shell.map { Self.cut($0.bytes, at: words) }
        #expect(templates.map(\.order.count) == [6, 5, 4])
        Property.check { generator in
            let input = Self.hostile(&generator)
            let words = try Self.words(input)
            // Between the words stands what stands there with plain words, byte for byte.
            for (script, template) in zip(try GitGateScripts.render(input).shell, templates) {
                var expected = template.texts[0]
                for (text, index) in zip(template.texts.dropFirst(), template.order) { expected += words[index] + text }
                if let difference = Golden.difference(script.bytes, Array(expected.utf8)) { return difference }
            }
            return nil
        }
    }

    @Test func shellParsesHostileScripts() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let inputs = (0..<200).map { _ in Self.hostile(&generator) }
        try await Command.withScratch { directory in
            for (index, input) in inputs.enumerated() {
                // One of the three by turns: what differs between inputs are the words.
                let script = try GitGateScripts.render(input).shell[index % 3]
                let run = try await Command.run(["/bin/sh", "-n"], in: directory, input: script.bytes)
                #expect(run.status == 0, "seed \(seed), \(script.name): \(run.stderr)")
            }
        }
    }

    @Test(.enabled(if: Command.path("shellcheck") != nil, "shellcheck is not installed"))
    func shellcheckFindsNothing() async throws {
        var generator = SeededGenerator(seed: 7)
        let inputs = [Samples.gitGate, Self.hostile(&generator), Self.hostile(&generator)]
        try await Command.withScratch { directory in
            for (input, sample) in zip(inputs, ["sample", "hostile", "hostile too"]) {
                for script in try GitGateScripts.render(input).shell {
                    // Curly quotes and the like in a value are meant.
                    let argv = ["shellcheck", "--norc", "--shell=sh", "--exclude=SC1110,SC1111,SC1112,SC2016,SC1017"]
                    let run = try await Command.run(
                        argv + ["-"], in: directory, environment: ["LC_ALL": "C.UTF-8"], input: script.bytes)
                    let said = String(decoding: run.stdout, as: UTF8.self)
                    #expect(run.status == 0, "\(sample) \(script.name): \(said)\(run.stderr)")
                }
            }
        }
    }

    @Test func whatCannotBeDeclaredIsRefused() {
        let changes: [@Sendable (inout GitGateInput) -> Void] = [
            { $0.listenAddress = "host" },
            { $0.listenAddress = "1.2.3.4 --export-all" },
            { $0.repositories = [] },
            { $0.port = 0 },
            { $0.upstreamTimeout = 0 },
            { $0.basePath = "srv" },
            { $0.basePath = "/srv/../etc" },
            { $0.basePath = "/srv\nid" },
            { $0.scriptsPath = "/s\u{0}" },
            { $0.repositories[0].name = "../x" },
            { $0.repositories[0].name = "-x" },
            { $0.repositories[0].name = "x.git" },
            { $0.repositories[0].name = "APP" },
            { $0.repositories[0].upstream = "http://git.example.com/x" },
            { $0.repositories[0].upstream = "https://me:secret@git.example.com/x" },
            { $0.repositories[0].upstream = "ext::sh -c id" },
            { $0.repositories[0].upstream = "ssh://-oProxyCommand=id/x" },
            { $0.repositories[0].upstream = "ssh://-o@git.example.com/x" },
            { $0.repositories[0].upstream = "ssh://git@git.example.com" },
            { $0.repositories[0].upstream = "ssh://git@git.example.com/" },
            { $0.repositories[0].upstream = "ssh://git@git.example.com:x/y" },
            { $0.repositories[0].upstream = "ssh://git:secret@git.example.com/y" },
            { $0.repositories[0].upstream = "ssh://git@git.example.com/y\nid" },
            { $0.repositories[0].identityFile = "/id -o ProxyCommand=id" },
            { $0.repositories[0].identityFile = "id" },
            { $0.repositories[0].knownHostsFile = "/kh%h" },
        ]
        for (index, change) in changes.enumerated() {
            var input = Samples.gitGate
            change(&input)
            let error = #expect(throws: BottleError.self, "change \(index)") { try GitGateScripts.render(input) }
            #expect(error?.description.contains("secret") == false)
        }
    }
}
