// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import Testing

@Suite struct SmolvmSmolfileTests {
    @Test func guestReachesTheBundleAndNothingElse() {
        Property.check { generator in
            let input = SmolvmSmolfileInput(
                image: HostileText.path(&generator), environment: HostileText.environment(&generator),
                command: ["c"] + generator.list(2, HostileText.any), bundleAddress: "10.77.\(generator.below(256)).2")
            let parsed = try Parsed.toml(try SmolvmSmolfile.render(input))
            let environment = CodePointOrder.sorted(input.environment).map { "\($0.key)=\($0.value)" }
            let expected = Parsed.map([
                "image": .text(input.image), "cmd": .texts(input.command), "env": .texts(environment),
                "network": .map([
                    "allow_cidrs": .texts(["\(input.bundleAddress)/32"]),
                    "allow_host_patterns": .texts(["none.invalid"]),
                ]),
            ])
            return parsed == expected ? nil : "\(parsed)"
        }
    }

    @Test(arguments: [
        "0.0.0.0", "127.0.0.1", "127.1", "100.96.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255", "10.77.3.2/8",
        "010.77.3.2", "10.77.3", "10.77.3.256", "::1", "", "bundle", " 10.77.3.2", "10.77.3.2\n", "10.77.3.+2",
    ])
    func addressThatWouldOpenMoreIsRefused(address: String) {
        var input = Samples.smolvm
        input.bundleAddress = address
        #expect(throws: BottleError.self) { try SmolvmSmolfile.render(input) }
    }

    @Test func whatSmolvmWouldDropOrMisreadIsRefused() {
        for image in ["agent", "agent:latest", "./agent.tar", "-", "/", "/a/../b", "/a//b", "/a\nb", ""] {
            var input = Samples.smolvm
            input.image = image
            #expect(throws: BottleError.self, "\(image)") { try SmolvmSmolfile.render(input) }
        }
        for name in ["", "=", "A=B", "1A", "-A", "A B", "A\n"] {
            var input = Samples.smolvm
            input.environment = [name: "x"]
            #expect(throws: BottleError.self, "\(name)") { try SmolvmSmolfile.render(input) }
        }
        var silent = Samples.smolvm
        silent.command = []
        #expect(throws: BottleError.self) { try SmolvmSmolfile.render(silent) }
    }

    @Test func messageNamesTheVariableAndNotItsValue() throws {
        var input = Samples.smolvm
        input.environment = ["TOKEN": "hunter2\u{0}"]
        let error = try #require(throws: BottleError.self) { try SmolvmSmolfile.render(input) }
        #expect(error.description.contains("TOKEN") && !error.description.contains("hunter2"))
    }
}
