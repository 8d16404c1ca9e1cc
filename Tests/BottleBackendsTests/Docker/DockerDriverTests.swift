// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import Foundation
import Testing

@testable import BottleBackends

@Suite(.serialized, .timeLimit(.minutes(3)), .enabled(if: EngineFixture.isHere, EngineFixture.reason))
struct DockerDriverTests {
    @Test func aBottleComesUpAndGoesAwayCompletely() async throws {
        try await EngineFixture.run { fixture in
            let driver = fixture.driver
            #expect(try await driver.status().unmet.isEmpty)
            let id = try await driver.launch(fixture.request("dev"))
            #expect(try await fixture.shell("id -un; hostname; pwd", in: id) == "node\ndev\n/home/node\n")
            let prompt = DriverFixture.manifest.agents["helper"]?.prompt
            #expect(try await fixture.shell("cat ~/.claude-bottle-prompt.txt", in: id) == prompt)
            #expect(
                try await fixture.shell("stat -c '%a %U' ~/.claude-bottle-prompt.txt ~", in: id)
                    == "600 node\n755 node\n")
            #expect(try await fixture.connect(to: "10.77.156.2", 9099, in: id) == "ECONNREFUSED")
            let description = try await driver.describe(id)
            #expect(description.effectiveAllow == ["10.77.156.2/32"])
            #expect(description.effectiveResolvers.isEmpty)
            #expect(description.bundleListeners.contains("tcp 127.0.0.1:9099"))
            #expect(Set(description.runningDaemons) == ["egress", "pipelock"])
            #expect(description.environment["HTTP_PROXY"] == "http://10.77.156.2:8888")
            #expect(description.environment["EDITOR"] == "vi")
            #expect(try await driver.logs(id).contains { $0.event == "ready" })
            let owned = ["claude-bottle-dev", "claude-bottle-dev", "claude-bottle-dev_bundle", "claude-bottle-dev_net"]
            #expect(try await fixture.owned() == owned)

            try await driver.destroy(id)
            try await driver.destroy(id)
            #expect(!FileManager.default.fileExists(atPath: "\(fixture.stateRoot)/dev"))
            let error = await #expect(throws: BottleError.self) { try await driver.exec(ExecRequest(["true"]), in: id) }
            #expect(error?.code == .notFound)
        }
    }

    @Test func whatIsOnTheWayToASkillIsTheAgents() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "bottle-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let skill = directory.appending(path: "skills/s/deep")
        try FileManager.default.createDirectory(at: skill, withIntermediateDirectories: true)
        try Data("x".utf8).write(to: skill.appending(path: "file"))
        try await EngineFixture.run { fixture in
            var request = fixture.request("dev")
            request.manifest.agents["helper"]?.skills = ["s"]
            request.manifestDirectory = directory.path
            let id = try await fixture.driver.launch(request)
            let paths = "~ ~/.claude ~/.claude/skills ~/.claude/skills/s ~/.claude/skills/s/deep/file"
            #expect(
                try await fixture.shell("stat -c %U \(paths)", in: id) == String(repeating: "node\n", count: 5))
            try await fixture.driver.destroy(id)
        }
    }

    @Test func aGuestHoldsNothingItCouldBreakOutWith() async throws {
        try await EngineFixture.run { fixture in
            let id = try await fixture.driver.launch(fixture.request("dev"))
            for user in [nil, "root"] {
                let status = try await fixture.shell("cat /proc/self/status", in: id, user: user)
                for line in ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"]
                {
                    #expect(status.contains(line), "\(user ?? "node"): \(line)")
                }
            }
            try await fixture.driver.destroy(id)
        }
    }

    @Test func everythingButTheDeclaredPortFailsAtOnce() async throws {
        try await EngineFixture.run { fixture in
            let id = try await fixture.driver.launch(fixture.request("dev"))
            let began = ContinuousClock.now
            for (address, port) in [
                ("10.77.156.1", 80), ("10.77.156.2", 22), ("10.77.156.77", 80), ("127.0.0.11", 53), ("172.17.0.1", 80),
                ("203.0.113.10", 80), ("fe80::1", 80),
            ] {
                let error = try await fixture.connect(to: address, UInt16(port), in: id)
                // The guest has a way to its bundle alone: there the filter refuses as a closed port would.
                let isDenied =
                    address == "10.77.156.2"
                    ? error == "ECONNREFUSED"
                    : ["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "EINVAL", "EACCES"].contains(error)
                #expect(isDenied, "\(address): \(error)")
            }
            // A neighbour that is asked for by ARP would take three seconds each.
            #expect(ContinuousClock.now - began < .seconds(3))
            #expect(try await fixture.connect(to: "10.77.156.2", 8888, in: id) == "none")
            try await fixture.driver.destroy(id)
        }
    }

    @Test func anExecEndsAsItsProgramDid() async throws {
        try await EngineFixture.run { fixture in
            let driver = fixture.driver
            let id = try await driver.launch(fixture.request("dev"))
            func ending(_ script: String, milliseconds: Int = 10_000, tty: Bool = false) async throws
                -> ExecResult.Ending
            {
                try await driver.exec(
                    ExecRequest(["/bin/sh", "-c", script], tty: tty, deadlineMilliseconds: milliseconds), in: id
                ).ending
            }
            #expect(try await ending("exit 0") == .exited(0))
            #expect(try await ending("exit 126") == .exited(126))
            #expect(try await ending("exit 137") == .exited(137))
            #expect(try await ending("kill -9 $$") == .signalled(9))
            #expect(try await ending("exit 3", tty: true) == .exited(3))
            #expect(try await ending("sleep 60 & setsid -w sleep 61; sleep 62", milliseconds: 500) == .timedOut)
            #expect(try await ending("sleep 63", milliseconds: 500, tty: true) == .timedOut)
            let rest = try await fixture.shell("ps", in: id)
            #expect(!rest.contains("sleep 60") && !rest.contains("sleep 62") && !rest.contains("sleep 63"), "\(rest)")
            let error = await #expect(throws: BottleError.self) {
                try await driver.exec(ExecRequest(["no-such-program"]), in: id)
            }
            #expect(error?.code == .notFound)
            try await driver.destroy(id)
        }
    }

    @Test func streamsComeBackByteForByte() async throws {
        try await EngineFixture.run { fixture in
            let driver = fixture.driver
            let id = try await driver.launch(fixture.request("dev"))
            let input = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            let result = try await driver.exec(
                ExecRequest(["/bin/sh", "-c", "cat; echo err >&2"], stdin: input), in: id)
            #expect(result.stdout == input)
            #expect(result.stderr == Array("err\n".utf8))
            let odd = try await driver.exec(
                ExecRequest(
                    ["/bin/echo", "a b", "$(id)", "-n", "x\ny"], environment: ["HTTP_PROXY": "x", "ODD": "a\nb"]),
                in: id)
            #expect(String(decoding: odd.stdout, as: UTF8.self) == "a b $(id) -n x\ny\n")
            try await driver.copyIn(CopyRequest(path: "/tmp/f", bytes: input, mode: 0o640), in: id)
            #expect(try await fixture.shell("stat -c '%a %U' /tmp/f", in: id) == "640 node\n")
            #expect(try await driver.copyOut(path: "/tmp/f", from: .guest, in: id) == input)
            try await driver.destroy(id)
        }
    }

    @Test func aTokenIsNeitherInTheEngineNorInTheGuest() async throws {
        try await EngineFixture.run { fixture in
            let id = try await fixture.driver.launch(fixture.request("dev"))
            let inspected = try await fixture.engine.call(
                "inspect", ["inspect", "claude-bottle-dev", "claude-bottle-dev_bundle", "claude-bottle-dev_net"]
            ).text
            #expect(!inspected.contains("s3cret"))
            #expect(try await !fixture.shell("env", in: id).contains("s3cret"))
            try await fixture.driver.destroy(id)
        }
    }

    @Test func aStoppedBottleComesBackWithItsPolicyAndItsFiles() async throws {
        try await EngineFixture.run { fixture in
            let driver = fixture.driver
            let id = try await driver.launch(fixture.request("dev"))
            _ = try await fixture.shell("echo kept > ~/kept", in: id)
            try await driver.stop(id)
            await #expect(throws: BottleError.self) { try await driver.exec(ExecRequest(["true"]), in: id) }
            try await driver.start(id)
            #expect(try await fixture.shell("cat ~/kept", in: id) == "kept\n")
            #expect(try await driver.describe(id).effectiveAllow == ["10.77.156.2/32"])
            #expect(try await fixture.connect(to: "10.77.156.1", 80, in: id) == "ENETUNREACH")
            #expect(try await fixture.connect(to: "10.77.156.2", 8888, in: id) == "none")
            try await driver.destroy(id)
        }
    }

    @Test func whoStartsAGuestByHandGetsNoneWithoutItsPolicy() async throws {
        try await EngineFixture.run { fixture in
            let id = try await fixture.driver.launch(fixture.request("dev"))
            try await fixture.driver.stop(id)
            // The network is not held: the engine refuses.
            #expect(try await fixture.engine.run(["start", "claude-bottle-dev"]).code != 0)
            // Both at once, as an impatient user does it: the guest's first process waits for the policy.
            try await fixture.engine.call("start", ["start", "claude-bottle-dev_net", "claude-bottle-dev"])
            let text = try await fixture.engine.call(
                "look", ["exec", "claude-bottle-dev", "/bottle/launcher", "look", "routes"]
            ).text
            #expect(text.hasPrefix("route 10.77.156.2/32 eth0 -\n"), "\(text)")
            try await fixture.driver.destroy(id)
        }
    }

    @Test func whatIsNotOursStaysAndIsNamed() async throws {
        try await EngineFixture.run { fixture in
            let engine = fixture.engine
            let images = try await DockerImages(engine: engine, image: ImageReference(environment: [:])).prepare()
            let taken = ["", "_bundle", "_net"].map { suffix in
                let name = "claude-bottle-dev\(suffix)"
                return (
                    make: ["create", "--name", name, "--entrypoint", "/bottle/launcher", images.tools],
                    name: ["container", "inspect", "--format", "{{.Id}}", name], remove: ["rm", name]
                )
            }
            let network = (
                make: ["network", "create", "claude-bottle-dev"],
                name: ["network", "inspect", "--format", "{{.Id}}", "claude-bottle-dev"],
                remove: ["network", "rm", "claude-bottle-dev"]
            )
            for foreign in taken + [network] {
                let id = try await engine.call("make", foreign.make).word
                let error = await #expect(throws: BottleError.self) {
                    try await fixture.driver.launch(fixture.request("dev"))
                }
                #expect(
                    error?.description.contains("something that is not ours has that name") == true,
                    "\(foreign.name): \(String(describing: error))")
                #expect(try await engine.call("look", foreign.name).word == id)
                #expect(try await fixture.owned().isEmpty)
                #expect(!FileManager.default.fileExists(atPath: "\(fixture.stateRoot)/dev"))
                try await engine.call("remove", foreign.remove)
            }

            try await engine.call("make", ["network", "create", "--subnet", "10.77.156.0/25", "foreign-network"])
            let error = await #expect(throws: BottleError.self) {
                try await fixture.driver.launch(fixture.request("dev"))
            }
            #expect(
                error?.description.contains("another network uses that address range") == true,
                "\(String(describing: error))")
            #expect(try await engine.run(["network", "inspect", "foreign-network"]).code == 0)
            try await engine.call("remove", ["network", "rm", "foreign-network"])
            #expect(!FileManager.default.fileExists(atPath: "\(fixture.stateRoot)/dev"))
        }
    }

    @Test func aNamedImageIsUsedAsItIs() async throws {
        let engine = try EngineClient(environment: EngineFixture.environment)
        let standard = try await DockerImages(engine: engine, image: ImageReference(environment: [:])).prepare()
        try await engine.call("tag", ["tag", standard.guest, "somebodys/agent:1"])
        try await EngineFixture.run(environment: ["CLAUDE_BOTTLE_IMAGE": "somebodys/agent:1"]) { fixture in
            let id = try await fixture.driver.launch(fixture.request("dev"))
            let used = try await engine.call("inspect", ["inspect", "--format", "{{.Image}}", "claude-bottle-dev"]).word
            #expect(used == standard.guest)
            try await fixture.driver.destroy(id)
        }
        try await engine.call("remove", ["image", "rm", "somebodys/agent:1"])
        try await EngineFixture.run(environment: ["CLAUDE_BOTTLE_IMAGE": "nobody.invalid/agent:1"]) { fixture in
            let error = await #expect(throws: BottleError.self) {
                try await fixture.driver.launch(fixture.request("dev"))
            }
            #expect(error?.code == .prerequisite || error?.code == .launch, "\(String(describing: error))")
        }
    }

    @Test func aSweepTakesTheDeadAndLeavesTheLiving() async throws {
        try await EngineFixture.run { fixture in
            let living = try await fixture.driver.launch(fixture.request("living"))
            let owner = try DockerSweep.owner(stateRoot: fixture.stateRoot)
            let dead = DockerNames(slug: "dead", owner: owner)
            try await fixture.engine.call("make", ["network", "create"] + dead.labels + [dead.network])
            let other = DockerNames(slug: "other", owner: "0123")
            try await fixture.engine.call("make", ["network", "create"] + other.labels + [other.network])
            let sweep = { (dryRun: Bool) in
                try await DockerSweep.sweep(engine: fixture.engine, stateRoot: fixture.stateRoot, dryRun: dryRun)
            }
            #expect(try await sweep(true) == ["network claude-bottle-dead"])
            #expect(try await sweep(false) == ["network claude-bottle-dead"])
            #expect(try await sweep(false) == [])
            #expect(try await fixture.shell("echo here", in: living) == "here\n")
            try await fixture.engine.call("remove", ["network", "rm", other.network])
            try await fixture.driver.destroy(living)
        }
    }
}
