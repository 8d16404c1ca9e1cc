// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ConformanceEngine

struct UnifiedDiffTests {
    private func diff(_ old: String, _ new: String) -> String {
        UnifiedDiff.between(old, new, oldName: "wanted", newName: "got")
    }

    @Test func sameTextsHaveNoDifference() {
        #expect(diff("", "").isEmpty)
        #expect(diff("a\nb\n", "a\nb\n").isEmpty)
    }

    @Test func aChangedLineStandsInItsContext() {
        let old = (1...9).map { "\($0)\n" }.joined()
        let new = old.replacing("5\n", with: "five\n")
        #expect(
            diff(old, new) == """
                --- wanted
                +++ got
                @@ -2,7 +2,7 @@
                 2
                 3
                 4
                -5
                +five
                 6
                 7
                 8
                """)
    }

    @Test func hunksThatAreFarApartStandApart() {
        let old = (1...30).map { "\($0)\n" }.joined()
        let new = old.replacing("\n4\n", with: "\n").replacing("\n25\n", with: "\n25\nx\n")
        #expect(
            diff(old, new) == """
                --- wanted
                +++ got
                @@ -1,7 +1,6 @@
                 1
                 2
                 3
                -4
                 5
                 6
                 7
                @@ -23,6 +22,7 @@
                 23
                 24
                 25
                +x
                 26
                 27
                 28
                """)
    }

    @Test func emptyTextsAndMissingLineFeedsShow() {
        #expect(diff("", "a\n") == "--- wanted\n+++ got\n@@ -0,0 +1 @@\n+a")
        #expect(diff("a\n", "") == "--- wanted\n+++ got\n@@ -1 +0,0 @@\n-a")
        #expect(diff("a\n", "a") == "--- wanted\n+++ got\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file")
    }

    @Test func canonicallyEqualTextsAreTwo() {
        #expect(diff("\u{e9}\n", "e\u{301}\n").contains("@@ -1 +1 @@"))
    }

    @Test func theSizeIsBounded() {
        let long = (0..<5000).map { "\($0)\n" }.joined()
        let other = (0..<5000).map { "x\($0)\n" }.joined()
        let lines = diff(long, other).split(separator: "\n")
        #expect(lines.count == UnifiedDiff.longest + 1)
        #expect(lines.last == "(and 9883 more lines)")
        let wide = diff(String(repeating: "a", count: 4000) + "\n", "b\n")
        #expect(wide.contains("… (and 3700 more bytes)") && wide.utf8.count < 500)
    }

    /// Applies the hunks of a diff to the old text.
    private func patched(_ old: [String], _ diff: String) throws -> [String] {
        var result: [String] = []
        var position = 0
        for line in diff.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2) {
            switch line.first {
            case "@":
                let numbers = line.split { !$0.isNumber }.compactMap { Int($0) }
                let count = line.split(separator: " ")[1].contains(",") ? numbers[1] : 1
                let start = count == 0 ? numbers[0] : numbers[0] - 1
                result += old[position..<start]
                position = start
            case " ", "-":
                #expect(old[position] == line.dropFirst())
                if line.first == " " { result.append(old[position]) }
                position += 1
            default: result.append(String(line.dropFirst()))
            }
        }
        return result + old[position...]
    }

    @Test func everyDiffLeadsFromOneTextToTheOther() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let size = Int.random(in: 0..<14, using: &generator)
            let old = (0..<size).map { _ in String("abc".randomElement(using: &generator) ?? "a") }
            var new = old
            for _ in 0..<Int.random(in: 0..<5, using: &generator) {
                let index = Int.random(in: 0...new.count, using: &generator)
                if Bool.random(using: &generator) || index == new.count {
                    new.insert("d", at: index)
                } else {
                    new.remove(at: index)
                }
            }
            let text = diff(old.map { $0 + "\n" }.joined(), new.map { $0 + "\n" }.joined())
            #expect(old == new ? text.isEmpty : try patched(old, text) == new, "\(old) \(new)\n\(text)")
        }
    }
}
