// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// Whenever a run is killed, nothing of it stays on the engine, and nothing of anybody else goes.
    @Suite(.serialized, .timeLimit(.minutes(10)), .enabled(if: TestEngine.isHere, TestEngine.reason))
    struct DockerCrashTests {
        private static let kills = 20
        /// Bottles that are attacked, and one that is watched from the host and has a state directory of its own.
        private static let run = ["run", "--backend", "docker", "--select", "NET-0*", "--select", "PROV-05"]
        private let engine = TestEngine.shared

        @Test func `kill -9 at 20 random moments, then gc, leaves others' things and nothing of ours`() async throws {
            try await Tool.withTool { tool in
                // Builds the images, and tells how long a run takes on this machine now.
                let clock = ContinuousClock()
                let began = clock.now
                let whole = try await tool.finish(tool.start(Self.run, environment: engine.environment))
                try #require(whole.status == 0, "\(whole)")
                let length = clock.now - began
                try await withForeignThings(tool) {
                    let before = try await engine.inventory(tool)
                    let seed = UInt64.random(in: 0...UInt64.max)
                    var moments = SplitMix(state: seed)
                    for number in 0..<Self.kills {
                        // One moment in each twentieth of a run, in no order.
                        let share = (Double(number * 7 % Self.kills) + moments.unit()) / Double(Self.kills)
                        let moment = "kill \(number) of seed \(seed), at \(share) of \(length)"
                        try await runAndKill(after: length * share, tool, moment)
                        let outcome = try await tool.run("gc", environment: engine.environment)
                        #expect(outcome.status == 0, "\(moment): \(outcome)")
                        try await engine.expect(before, tool, "\(moment):")
                        #expect(try tool.bottles.isEmpty, "\(moment)")
                    }
                }
            }
        }

        private func runAndKill(after delay: Duration, _ tool: Tool, _ moment: String) async throws {
            let process = try tool.start(Self.run, environment: engine.environment)
            try await Task.sleep(for: delay)
            kill(process.processIdentifier, SIGKILL)
            let outcome = try await tool.finish(process)
            // A run that a quieter machine let finish must at least have been a good one.
            #expect([0, 137].contains(outcome.status), "\(moment): \(outcome)")
        }

        /// What a neighbour has: a running container with names and labels like ours, its network, and a volume.
        private func withForeignThings(_ tool: Tool, _ body: () async throws -> Void) async throws {
            let labels =
                "--label org.bottle-conformance.owner=somebody-else --label org.bottle-conformance.slug=conformance-zzzzzzzz"
            let planted = try await tool.shell(
                """
                set -e
                docker network create \(labels) claude-bottle-foreign
                docker volume create \(labels) claude-bottle-foreign
                docker run --detach --name claude-bottle-foreign \(labels) --network claude-bottle-foreign \\
                    --volume claude-bottle-foreign:/kept --user 0 claude-bottle:latest sh -c 'echo kept > /kept/file; sleep 3600'
                docker create --name claude-bottle-foreign_bundle claude-bottle:latest true
                """, environment: engine.environment)
            #expect(planted.status == 0, "\(planted)")
            var failure: (any Error)?
            do {
                try await body()
                let kept = try await tool.shell(
                    "docker exec claude-bottle-foreign cat /kept/file", environment: engine.environment)
                #expect(kept.stdout == "kept\n", "\(kept)")
            } catch {
                failure = error
            }
            let removed = try await tool.shell(
                """
                docker rm --force --volumes claude-bottle-foreign claude-bottle-foreign_bundle &&
                    docker network rm claude-bottle-foreign && docker volume rm claude-bottle-foreign
                """, environment: engine.environment)
            #expect(removed.status == 0, "\(removed)")
            if let failure { throw failure }
        }

        /// Numbers that a seed decides, so that a failure can be had again.
        private struct SplitMix {
            var state: UInt64

            /// From 0 to below 1.
            mutating func unit() -> Double {
                state &+= 0x9e37_79b9_7f4a_7c15
                var z = state
                z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
                z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
                return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
            }
        }
    }
}
