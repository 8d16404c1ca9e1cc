// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleManifest
import Testing
import Yams

@Suite struct ManifestLimitsTests {
    private func problem(_ yaml: String) -> String {
        do {
            _ = try ManifestDecoder.decode(yaml: yaml, file: "m")
            return "accepted"
        } catch {
            return error.message
        }
    }

    @Test func oversizeIsRefusedBeforeParsing() {
        for size in [ManifestDecoder.maximumSize + 1, 10_000_000] {
            #expect(problem(String(repeating: "#", count: size)).contains("found \(size) bytes"))
        }
    }

    @Test func nestingIsBounded() {
        for depth in [51, 100, 900, 5000, 300_000] {
            let brackets = String(repeating: "[", count: depth)
            #expect(problem("bottles: " + brackets).contains("more than 50 levels"))
            #expect(problem(String(repeating: "- ", count: depth)).contains("more than 50 levels"))
            #expect(problem(String(repeating: "? ", count: depth)).contains("more than 50 levels"))
        }
        // A list that is not indented is a level of its own.
        for (lines, isTooDeep) in [(24, false), (25, true)] {
            let ragged = (0..<lines).map { "\n" + String(repeating: "  ", count: $0) + "- a:" }
            #expect(problem("a:" + ragged.joined()).contains("more than 50 levels") == isTooDeep)
        }
    }

    @Test func manyEntriesAndAliasesAreRefused() {
        #expect(problem(String(repeating: "[],", count: 60_000)).contains("more than 100000 words"))
        #expect(problem("a: [&x 1" + String(repeating: ",*x", count: 1001)).contains("more than 1000 aliases"))
    }

    @Test(arguments: [
        "a: &x\n  k: v\n", "a: &x [1]\n", "a: &x {k: v}\n", "- &x\n  - 1\n", "&x ? a\n: b\n", "a: &x !t\n  k: v\n",
        "a: [&x [1]]\n", "{&x {a: b}: c}\n", "--- &x\nk: v\n",
    ])
    func anchorsNamePlainValuesOnly(_ yaml: String) {
        #expect(problem(yaml).contains("written out"))
    }

    @Test(arguments: [
        "a: 'it''s &x [*y'\n", "a: \"\\\" &x [ *y\"\n", "a: b &x [c] *y\n", "a: |\n  &x [\n   *y\nb: c\n",
        "a: >2-\n   &x [\n\nb: 'c'\n", "# &x [\na: b # *y {\n", "a: b\n  &x [ *y\nc: d\n", "- &x a\n- *x\n",
        "a: {b: c#d, e: '&x ['}\n", "%YAML 1.1\n---\na: |\n &x [\n...\n",
    ])
    func textIsNotTakenForSigns(_ yaml: String) throws {
        let measure = try YAMLGuard.check(yaml, file: "m")
        #expect(measure.depth <= 2)
    }

    /// Texts from signs that matter: where the parser accepts one, the guard has seen the same document.
    @Test func theGuardSeesWhatTheParserSees() throws {
        let words = [
            "a", "b", "- ", "-", "? ", ": ", ":", ", ", ",", "[", "]", "{", "}", "#", " #", "'", "\"", "''", "\\\"",
            "\n", "\n  ", "\n    ", "\n ", "\r\n", " ", "\t", "|", "|2", "|-\n  ", ">\n ", ">+", "!t ", "!<t> ", "*",
            "---", "---\n", "...", "%", "\u{e9}", "'x y'", "\"x\"", "k: ", "k: |\n   x\n", "- - ", "\n- ", "\nk: ",
            "\nk:\n- ",
        ]
        var generator = SeededGenerator(seed: 17)
        var accepted = 0
        for _ in 0..<60_000 {
            let count = Int.random(in: 1...14, using: &generator)
            let yaml = (0..<count).map { _ in words.randomElement(using: &generator) ?? "" }.joined()
            guard let root = try? Parser(yaml: yaml, encoding: .utf8).singleRoot() else { continue }
            accepted += 1
            let measure = try YAMLGuard.check(yaml, file: "m")
            let tree = Tree(root)
            // An empty value is no token; brackets around "a: b" may be left out.
            #expect(measure.scalars == tree.scalars, "\(yaml.debugDescription)")
            #expect(tree.depth <= 2 * measure.depth + 1, "\(yaml.debugDescription)")
        }
        #expect(accepted > 10_000)
    }

    @Test func aLargeManifestIsRead() throws {
        let manifest = try ManifestDecoder.decode(yaml: LargeManifest.text, file: "large")
        #expect(LargeManifest.text.utf8.count > 200_000)
        #expect(manifest.bottles.count == 200)
        #expect(manifest.agents.count == 200)
        #expect(manifest.agents["agent-7"]?.prompt?.utf8.count == LargeManifest.prompt.utf8.count)
        let plan = try BottlePlan.make(manifest: manifest, agentName: "agent-199", slug: "large")
        #expect(plan.allowlist.count == 40)
    }
}

/// What a parsed document adds up to.
private struct Tree {
    var scalars = 0
    var depth = 0

    init(_ node: Node) { visit(node, 0) }

    private mutating func visit(_ node: Node, _ level: Int) {
        switch node {
        case .scalar(let scalar): if !scalar.string.isEmpty || scalar.style != .plain { scalars += 1 }
        case .alias: break
        case .sequence(let items):
            depth = max(depth, level + 1)
            for item in items { visit(item, level + 1) }
        case .mapping(let pairs):
            depth = max(depth, level + 1)
            for pair in pairs {
                visit(pair.key, level + 1)
                visit(pair.value, level + 1)
            }
        }
    }
}
