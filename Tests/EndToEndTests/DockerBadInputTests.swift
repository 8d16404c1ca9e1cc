// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// What can stand in the way of a run on an engine: one sentence with what to do, exit code 2, and nothing changed.
    @Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: TestEngine.isHere, TestEngine.reason))
    struct DockerBadInputTests {
        private let engine = TestEngine.shared

        @Test func `what cannot be is said in one sentence`() async throws {
            try await Tool.withTool { tool in
                let nobody = try await tool.run(
                    "run", "--backend", "docker", environment: ["DOCKER_HOST": "unix://\(tool.file("none.sock").path)"])
                #expect(nobody.status == 2, "\(nobody)")
                #expect(nobody.stderr.contains("No container engine answers"), "\(nobody)")
                let program = try await tool.run("run", "--backend", "docker", "--engine", "no-such-engine")
                #expect(program.status == 2, "\(program)")
                #expect(program.stderr.contains("There is no program"), "\(program)")
                let useless = try await tool.run("run", "--engine", "docker")
                #expect(useless.status == 64, "\(useless)")
                let old = try tool.write(
                    """
                    #!/bin/sh
                    echo '{"Client":{"Version":"20.10.1","ApiVersion":"1.41"},"Server":{"Version":"19.03.5","Os":"linux"}}'

                    """, to: "old-docker")
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: old)
                let tooOld = try await tool.run("run", "--backend", "docker", "--engine", old)
                #expect(tooOld.status == 2, "\(tooOld)")
                #expect(tooOld.stderr.contains("19.03.5, which is too old"), "\(tooOld)")
            }
        }

        @Test func `a user without the right to the socket is told so`() async throws {
            try await Tool.withTool { tool in
                try #require(getuid() == 0, "only root can become another user")
                var other = tool
                other.prefix = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
                // The engine's directory is closed to others: a socket that may be seen and not used.
                let socket = tool.file("engine.sock").path
                let listener = try await tool.shell(
                    "ln -s \"${DOCKER_HOST#unix://}\" \(socket); ls -l \(socket)", environment: engine.environment)
                #expect(listener.status == 0, "\(listener)")
                let outcome = try await other.finish(
                    other.start(["run", "--backend", "docker"], environment: ["DOCKER_HOST": "unix://\(socket)"]))
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains("may not use the container engine"), "\(outcome)")
            }
        }

        @Test func `an image that cannot be had is named, and nothing is made`() async throws {
            try await Tool.withTool { tool in
                let before = try await engine.inventory(tool)
                let missing = try await tool.run(
                    "run", "--backend", "docker", "--select", "PROV-01",
                    environment: engine.environment.merging(["CLAUDE_BOTTLE_IMAGE": "nobody.invalid/x:1"]) { $1 })
                #expect(missing.status == 2, "\(missing)")
                #expect(missing.stderr.contains("nobody.invalid/x:1"), "\(missing)")
                #expect(missing.stderr.contains("pull or build it, or unset CLAUDE_BOTTLE_IMAGE"), "\(missing)")
                var bare = tool
                // The machine as it is, without the one program that the default image cannot do without.
                let layers = tool.file("layers").path
                bare.prefix = [
                    "unshare", "--mount", "sh", "-ec",
                    """
                    mkdir -p \(layers)/upper \(layers)/work
                    mount -t overlay -o lowerdir=/usr/bin,upperdir=\(layers)/upper,workdir=\(layers)/work none /usr/bin
                    rm /bin/busybox
                    exec "$0" "$@"
                    """,
                ]
                let unbuildable = try await bare.finish(
                    bare.start(["run", "--backend", "docker", "--select", "PROV-01"], environment: engine.environment))
                #expect(unbuildable.status == 2, "\(unbuildable)")
                #expect(unbuildable.stderr.contains("Pull that image, or install busybox-static"), "\(unbuildable)")
                #expect(try await engine.inventory(tool) == before)
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `an address range that somebody has stays theirs`() async throws {
            try await Tool.withTool { tool in
                let planted = try await tool.shell(
                    "docker network create --subnet 10.77.0.0/16 neighbour", environment: engine.environment)
                try #require(planted.status == 0, "\(planted)")
                let before = try await engine.inventory(tool)
                let outcome = try await tool.run(
                    "run", "--backend", "docker", "--select", "PROV-01", environment: engine.environment)
                let after = try await engine.inventory(tool)
                let removed = try await tool.shell("docker network rm neighbour", environment: engine.environment)
                #expect(removed.status == 0, "\(removed)")
                #expect(outcome.status == 2, "\(outcome)")
                #expect(outcome.stderr.contains("choose another slug"), "\(outcome)")
                #expect(after == before)
                #expect(try tool.bottles.isEmpty)
            }
        }

        @Test func `a full disk is called a full disk`() async throws {
            try await Tool.withTool { tool in
                try await OwnEngine.with(size: "8m", tool) { own in
                    let before = try await own.engine.inventory(tool)
                    let outcome = try await tool.run(
                        "run", "--backend", "docker", "--select", "PROV-01", environment: own.engine.environment)
                    #expect(outcome.status == 2, "\(outcome)")
                    #expect(outcome.stderr.contains("its disk is full: make room in its data root"), "\(outcome)")
                    #expect(try await own.engine.inventory(tool) == before)
                    #expect(try tool.bottles.isEmpty)
                }
            }
        }
    }
}
