// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import Testing

@Suite struct ShellWordTests {
    /// The property, in batches: one shell prints many words, each followed by a NUL byte.
    @Test func shellReadsBackWhatWasQuoted() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        try await Command.withScratch { directory in
            for _ in 0..<20 {
                let texts = (0..<500).map { _ in HostileText.withoutNUL(&generator) }
                let words = try texts.map { try ShellWord.quoted($0, "text") }
                // The words come in on standard input, where an argument's length limit does not reach.
                let script = "printf '%s\\0' \(words.joined(separator: " "))\n"
                let run = try await Command.run(["/bin/sh"], in: directory, input: Array(script.utf8))
                #expect(run.status == 0 && run.stderr.isEmpty, "seed \(seed): \(run.stderr)")
                #expect(run.stdout == texts.flatMap { Array($0.utf8) + [0] }, "seed \(seed)")
            }
            let one = try ShellWord.quoted("'; id; echo '$(id)`id`\n", "text")
            let run = try await Command.run(["/bin/sh", "-c", "printf %s \(one)"], in: directory)
            #expect(run.stdout == Array("'; id; echo '$(id)`id`\n".utf8))
        }
    }

    @Test func wordHasNoUnquotedCharacter() {
        Property.check { generator in
            let text = HostileText.withoutNUL(&generator)
            let word = try ShellWord.quoted(text, "text")
            // Outside of quotes stands nothing but \' .
            var isInside = false
            var rest = word.unicodeScalars[...]
            while let scalar = rest.popFirst() {
                if scalar == "'" {
                    isInside.toggle()
                } else if !isInside {
                    guard scalar == "\\", rest.popFirst() == "'" else { return word }
                }
            }
            return isInside ? word : nil
        }
    }

    @Test func nulIsRefused() {
        #expect(throws: BottleError.self) { try ShellWord.quoted("a\u{0}b", "text") }
    }
}
