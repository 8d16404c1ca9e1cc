// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleRender
import Testing

@Suite struct YAMLNodeTests {
    private static func node(_ generator: inout SeededGenerator, depth: Int) -> YAMLNode {
        switch generator.below(depth == 0 ? 3 : 5) {
        case 0: .text(HostileText.any(&generator))
        case 1: .number(Int(truncatingIfNeeded: generator.next() >> 12))
        case 2: .bool(generator.flag())
        case 3: .list(generator.list(3) { node(&$0, depth: depth - 1) })
        default: .map(entries(&generator, depth: depth - 1))
        }
    }

    private static func entries(_ generator: inout SeededGenerator, depth: Int) -> [YAMLNode.Entry] {
        let plain = ["a", "no", "y", "null", "true", "snake_case", "kebab-case", "camelCase", "on"]
        var keys: Set<String> = []
        return generator.list(3) { generator in
            generator.flag() ? generator.pick(plain) : HostileText.any(&generator)
        }.filter { keys.insert($0).inserted }.map { .init($0, node(&generator, depth: depth)) }
    }

    private static func expected(_ node: YAMLNode) -> Parsed {
        switch node {
        case .text(let text): .text(text)
        case .number(let number): .number(number)
        case .bool(let flag): .bool(flag)
        case .list(let nodes): .list(nodes.map(expected))
        case .map(let entries): .map(Dictionary(entries.map { ($0.key, expected($0.value)) }, uniquingKeysWith: { $1 }))
        }
    }

    @Test func whateverIsWrittenIsReadBack() {
        Property.check { generator in
            let entries =
                [YAMLNode.Entry("first", .number(1))] + Self.entries(&generator, depth: 3).filter { $0.key != "first" }
            let bytes = YAMLNode.document(entries, comment: ["one", "", "two"])
            let parsed = try Parsed.yaml(bytes)
            let isPlain = bytes.allSatisfy { (0x20...0x7e).contains($0) || $0 == 0x0a }
            return parsed == Self.expected(.map(entries)) && isPlain ? nil : String(decoding: bytes, as: UTF8.self)
        }
    }
}
