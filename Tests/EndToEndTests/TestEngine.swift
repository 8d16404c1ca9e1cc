// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A container engine that belongs to the tests and has no way out.
struct TestEngine {
    /// Never an engine that somebody happens to have: bottles are broken here on purpose.
    static let isHere = ProcessInfo.processInfo.environment["BOTTLE_TEST_ENGINE"] != nil
    static let reason: Comment = "needs the tests' own engine: eval \"$(Tests/engine start)\""

    /// The one that all tests share.
    static let shared = TestEngine(
        environment: ["DOCKER_HOST": ProcessInfo.processInfo.environment["DOCKER_HOST"] ?? ""])

    /// What its clients need.
    let environment: [String: String]

    /// Everything on the engine, a line each, with what tells whether somebody touched it; each dockerd makes the network
    /// `bridge` anew.
    func inventory(_ tool: Tool) async throws -> String {
        let outcome = try await tool.shell(
            """
            set -eo pipefail
            docker ps -aq --no-trunc | xargs -r docker inspect \\
                --format 'container {{.Id}} {{.Name}} {{.State.Status}} {{.State.StartedAt}} {{json .Config.Labels}}'
            docker network ls -q --no-trunc | xargs -r docker network inspect \\
                --format 'network {{.Name}} {{if ne .Name "bridge"}}{{.Id}} {{json .IPAM.Config}}{{end}} {{json .Containers}} {{json .Labels}}'
            docker volume ls -q | xargs -r docker volume inspect --format 'volume {{.Name}} {{.CreatedAt}} {{json .Labels}}'
            """, environment: environment)
        // What goes while it is being looked at cannot be read any more: that is no inventory yet.
        guard outcome.status == 0 else { return "unreadable: \(outcome)" }
        return outcome.stdout.split(separator: "\n").sorted().joined(separator: "\n")
    }

    /// Waits at most 20 s until the engine has exactly this again; helpers without a client go by themselves.
    func expect(_ before: String, _ tool: Tool, _ moment: String = "afterwards") async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let now = try await inventory(tool)
            if now == before { return }
            try #require(ContinuousClock.now < deadline, "\(moment) there is\n\(now)\nand was before\n\(before)")
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
