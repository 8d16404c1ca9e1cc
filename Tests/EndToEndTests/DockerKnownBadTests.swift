// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// What people take for a sandbox: three networks as an engine makes them, without anything of ours in them.
    @Suite(
        .serialized, .timeLimit(.minutes(3)),
        .enabled(if: TestEngine.isHere, TestEngine.reason))
    struct DockerKnownBadTests {
        struct Configuration: CustomTestStringConvertible, Sendable {
            /// What to ask of `docker network create` or `docker create`, for people.
            var name: String
            var mutant: String
            /// The canary that has to see the guest, by requirement.
            var seen: [String: String]
            /// What such a network does keep.
            var holds: [String]
            var testDescription: String { name }
        }

        static let configurations = [
            Configuration(
                name: "a plain bridge", mutant: "plainbridge",
                seen: ["NET-02": "bottle/off-host/tcp/", "NET-03": "bottle/gateway/tcp/"], holds: ["NET-01"]),
            Configuration(
                name: "an --internal bridge", mutant: "internalbridge", seen: ["NET-03": "bottle/gateway/tcp/"],
                holds: ["NET-01", "NET-02"]),
            Configuration(
                name: "--network host", mutant: "hostnet",
                seen: ["NET-01": "bottle/host-loopback/tcp/", "NET-03": "bottle/gateway/tcp/"], holds: []),
        ]

        @Test(arguments: configurations)
        func `a known-bad network is red for the right reason`(configuration: Configuration) async throws {
            try await Tool.withTool { tool in
                let report = tool.file("r.xml")
                let outcome = try await tool.run(
                    "run", "--backend", "mutant:\(configuration.mutant)@docker", "--select", "NET-0?", "--junit",
                    report.path, environment: TestEngine.shared.environment)
                #expect(outcome.status == 1, "\(outcome)")
                let cases = try JUnitFile(report)
                for (requirement, canary) in configuration.seen {
                    let found = try #require(cases[requirement], "\(outcome)")
                    #expect(found.result == "failure", "\(outcome)")
                    #expect(
                        found.text.contains("[attempt] leak")
                            && found.text.contains("\(canary)") && found.text.contains("saw its nonce come from"),
                        "\(found.text)")
                }
                for requirement in configuration.holds {
                    let found = try #require(cases[requirement], "\(outcome)")
                    #expect(found.result == nil, "\(found.text)")
                }
            }
        }
    }
}
