// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleRender
import Foundation
import Testing

@Suite struct SmolfileTests {
    /// Written by a second implementation, in another language, of what the seeds describe.
    private struct SeedCase: Decodable {
        let slug: String
        let socket: String
        let env: [String: String]
        let command: [String]
        let toml: String
    }

    @Test func printableASCIIComesOutAsInTheSeeds() throws {
        let data = try Data(contentsOf: Golden.folder.appending(path: "smolfile-seed.json"))
        let cases = try JSONDecoder().decode([SeedCase].self, from: data)
        #expect(cases.count >= 200)
        for one in cases {
            let input = SmolfileInput(
                slug: one.slug, socket: one.socket, environment: one.env, command: one.command)
            #expect(Golden.difference(Smolfile.render(input), Array(one.toml.utf8)) == nil)
        }
        // Every printable character stands somewhere in the cases.
        let seen = Set(cases.flatMap { Array($0.env.values.joined().utf8) })
        #expect(seen.isSuperset(of: 0x20...0x7e))
    }

    @Test func whateverIsInTheInputIsReadBack() {
        Property.check { generator in
            let input = SmolfileInput(
                slug: HostileText.any(&generator), socket: HostileText.any(&generator),
                environment: Dictionary(
                    generator.list(3) { (HostileText.any(&$0), HostileText.any(&$0)) }, uniquingKeysWith: { $1 }),
                command: generator.list(3, HostileText.any))
            let bytes = Smolfile.render(input)
            let environment = CodePointOrder.sorted(input.environment).map { "\($0.key)=\($0.value)" }
            let expected = Parsed.map([
                "name": .text("claude-bottle-\(input.slug)"),
                "command": .texts(input.command),
                "env": .texts(environment),
                "net": .list([
                    .map([
                        "type": .text("virtio-net"), "attachment": .text("unixgram"), "socket": .text(input.socket),
                    ])
                ]),
            ])
            guard try Parsed.toml(bytes) == expected else { return String(decoding: bytes, as: UTF8.self) }
            // Eight lines whatever comes in, and nothing in them that a terminal or an editor would act on.
            let isPlain = bytes.allSatisfy { (0x20...0x7e).contains($0) || $0 == 0x0a }
            let lines = bytes.filter { $0 == 0x0a }.count
            return isPlain && lines == 8 ? nil : "\(lines) lines: \(String(decoding: bytes, as: UTF8.self))"
        }
    }

    @Test func environmentIsInTheOrderOfCodePoints() throws {
        let input = SmolfileInput(
            slug: "s", socket: "/s", environment: ["b": "1", "B": "2", "_": "3", "é": "4", "z": "5"])
        let parsed = try Parsed.toml(Smolfile.render(input))
        #expect(parsed["env"] == .texts(["B=2", "_=3", "b=1", "z=5", "é=4"]))
    }
}
