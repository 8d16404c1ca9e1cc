// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// Every command of the README works as it stands there; the release build it names is CI's business.
    @Suite(.timeLimit(.minutes(5)))
    struct ReadmeTests {
        private static let prefix = "swift run -c release bottle-conformance "

        @Test func `every command block is executed`() async throws {
            let root = try Tool.root
            let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
            let blocks = Self.blocks(text).map { $0.split(separator: "\n").map(String.init) }
            let commands = blocks.flatMap { $0 }
            #expect(commands.contains(Self.prefix + "run"))
            #expect(commands.contains("Tests/run"))
            for block in blocks {
                try await Tool.withTool { tool in
                    for command in block { try await run(command, tool, root) }
                }
            }
        }

        private func run(_ command: String, _ tool: Tool, _ root: URL) async throws {
            if command == "Tests/run" {
                // This very test runs inside of it.
                #expect(FileManager.default.isExecutableFile(atPath: root.appending(path: command).path))
                return
            }
            let arguments = try #require(
                command.hasPrefix(Self.prefix) ? String(command.dropFirst(Self.prefix.count)) : nil,
                "no test knows how to run: \(command)")
            // Quotes stand around whole words there, to keep a pattern from the shell.
            let words = arguments.split(separator: " ").map { $0.trimmingCharacters(in: ["'"]) }
            let outcome = try await tool.run(words, directory: root)
            #expect(outcome.status == 0, "\(command)\n\(outcome)")
        }

        /// The fenced blocks marked `sh`.
        private static func blocks(_ text: String) -> [String] {
            var blocks: [String] = []
            var open: [Substring]?
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                switch (open, line) {
                case (nil, "```sh"): open = []
                case (.some(let lines), "```"):
                    blocks.append(lines.joined(separator: "\n"))
                    open = nil
                case (.some, _): open?.append(line)
                case (nil, _): break
                }
            }
            return blocks
        }
    }
}
