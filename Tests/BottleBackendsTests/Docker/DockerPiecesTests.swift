// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import Foundation
import Testing

@testable import BottleBackends

/// What needs no engine.
struct DockerPiecesTests {
    // MARK: - The policy

    private static let accept = "immediate:00000000:00000001"
    private static let chain = "chain inet bottle output filter 3 0 drop"
    private static func rule(_ address: String) -> String {
        "rule inet bottle output meta:0000000f:00000001 cmp:00000001:00000000:02 payload:00000001:00000001:00000010:00000004 cmp:00000001:00000000:\(address) meta:00000010:00000001 cmp:00000001:00000000:06 payload:00000001:00000002:00000002:00000002 cmp:00000001:00000000:22b8 \(accept)"
    }
    private static let loopback =
        "rule inet bottle output meta:00000005:00000001 cmp:00000001:00000000:01000000 \(accept)"
    private static let reject = "rule inet bottle output reject:00000002:03"

    private func allow(_ lines: [String]) -> [String] {
        DockerNetworkPolicy.effectiveAllow(DockerNetworkPolicy.Reading(lines.joined(separator: "\n")))
    }

    @Test func aPolicyReadBackNamesTheBundleAlone() {
        let lines = [
            "route 10.77.5.2/32 eth0 -", Self.chain, Self.loopback, Self.rule("0a4d0502"), Self.reject, "ready",
        ]
        #expect(allow(lines) == ["10.77.5.2/32"])
    }

    @Test func whateverIsWiderIsReadBackAsWider() {
        let route = "route 10.77.5.2/32 eth0 -"
        let filter = [Self.chain, Self.loopback, Self.rule("0a4d0502"), Self.reject]
        // A route more, an address more, and a filter that does not refuse what it does not know.
        #expect(allow([route, "route 0.0.0.0/0 eth0 10.77.5.1"] + filter) == ["0.0.0.0/0", "10.77.5.2/32"])
        #expect(allow([route, Self.rule("0a4d0501")] + filter) == ["10.77.5.1/32", "10.77.5.2/32"])
        #expect(allow([route]) == ["0.0.0.0/0", "10.77.5.2/32"])
        #expect(
            allow([route, Self.chain.replacing("drop", with: "accept")] + filter.dropFirst()).contains("0.0.0.0/0"))
        #expect(allow([route, "rule inet bottle output \(Self.accept)"] + filter).contains("0.0.0.0/0"))
        // A comparison with another field than the destination bounds nothing.
        let source = Self.rule("0a4d0502").replacing(":00000010:00000004", with: ":0000000c:00000004")
        #expect(allow([route, source] + filter).contains("0.0.0.0/0"))
        #expect(allow([route, "route fd00:0:0:0:0:0:0:0/64 eth0 -"] + filter).contains("fd00:0:0:0:0:0:0:0/64"))
    }

    @Test func aReadingThatBrokeOffIsNotWhole() {
        #expect(!DockerNetworkPolicy.Reading("route 10.77.5.2/32 eth0 -").isWhole)
        #expect(!DockerNetworkPolicy.Reading("failed cannot install").isWhole)
        #expect(DockerNetworkPolicy.Reading("end").isWhole)
        let hex = "variable 413d620a63"
        #expect(DockerNetworkPolicy.Reading("\(hex)\nvariable zz\nvariable 41\nend").variables == ["A": "b\nc"])
        let table = "table tcp\nsocket   sl  local rem st\nsocket    0: 0100007F:238B 00000000:0000 0A 0\nend"
        #expect(DockerNetworkPolicy.Reading(table).sockets == ["tcp 127.0.0.1:9099"])
    }

    // MARK: - Commands

    private func commands(_ faults: Set<Fault> = [], _ mode: NetworkMode = .bottle) throws -> DockerCommands {
        let plan = try BottlePlan.make(manifest: DriverFixture.manifest, agentName: "helper", slug: "dev")
        let policy = DockerNetworkPolicy(plan: plan, faults: faults, mode: mode)
        return DockerCommands(
            bundle: BundleCommands(
                names: DockerNames(slug: "dev", owner: "me"), plan: plan, tools: "sha256:t",
                isForwarded: policy.isForwarded, faults: faults),
            images: DockerImages.Prepared(guest: "sha256:g", tools: "sha256:t", reference: "claude-bottle:latest"),
            policy: policy, resolver: "203.0.113.53", engineSocket: "/e/docker.sock")
    }

    @Test func everyContainerIsHardened() throws {
        let commands = try commands()
        for create in [commands.createGuest(), commands.bundle.createBundle, commands.runAnchor] {
            let line = create.joined(separator: " ")
            #expect(line.contains("--cap-drop ALL --security-opt no-new-privileges --log-driver none --restart no"))
            #expect(line.contains("--pids-limit") && line.contains("--memory"))
            #expect(line.contains("org.bottle-conformance.owner=me"))
            #expect(!line.contains("--privileged") && !line.contains("--volume") && !line.contains("--publish"))
        }
        #expect(commands.bundle.createNetwork.contains("--internal"))
        #expect(commands.createGuest().contains("container:claude-bottle-dev_net"))
        #expect(!commands.createGuest().contains("--cap-add") && !commands.bundle.createBundle.contains("--cap-add"))
        #expect(commands.runAnchor.suffix(3) == ["guard", "10.77.156.2", "8888"])
    }

    @Test func noValueOfAVariableStandsOnACommandLine() throws {
        let commands = try commands()
        #expect(
            !commands.createGuest().contains { $0.contains("EDITOR") || $0.contains("vi") && $0.hasPrefix("EDITOR") })
        let variables = try DockerCommands.Variables(
            ["A": "b c", "X": "", "LINES": "1\n2", "HOME": "a\nb"], isReserved: { $0 == "HOME" })
        #expect(variables.file == Array("A=b c\nX=\n".utf8))
        #expect(variables.inherited == ["LINES": "1\n2"])
        #expect(variables.arguments == ["--env", "LINES", "--env", "HOME=a\nb"])
        #expect(throws: BottleError.self) { try DockerCommands.Variables(["A=": "b"], isReserved: { _ in false }) }
        let exec = DockerCommands.exec(
            "c", root: false, directory: "/", variables: ["NAME"], interactive: true, milliseconds: 5, ["id", "-u"])
        #expect(
            exec == [
                "exec", "--interactive", "--user", "1000:1000", "--workdir", "/", "--env", "NAME", "c",
                "/bottle/launcher", "run", "5", "id", "-u",
            ])
    }

    @Test func aFaultBreaksOneThing() throws {
        #expect(try !commands([.open]).bundle.createNetwork.contains("--internal"))
        #expect(try commands([.open]).runAnchor.suffix(2) == ["guard", "off"])
        // The filter of its helpers, and whatever the engine's own refuses.
        #expect(try commands().createGuest().suffix(2) == ["inmate", "10.77.156.2"])
        for commands in [try commands([.seccompvsock]), try commands([], .open)] {
            #expect(commands.createGuest().last == "vsock" && commands.policy.allowsVsock)
            #expect(commands.createGuest().contains("seccomp=unconfined"))
            #expect(!commands.bundle.createBundle.contains("seccomp=unconfined"))
        }
        for fault in [Fault.capall, .privileged] { #expect(try commands([fault]).createGuest().last == "vsock") }
        #expect(try commands([.hostnet]).createGuest().contains("host"))
        #expect(try commands([], .open).createGuest().contains("host"))
        for (fault, isInternal) in [(Fault.plainbridge, false), (.internalbridge, true)] {
            let commands = try commands([fault])
            #expect(commands.bundle.createNetwork.contains("--internal") == isInternal)
            #expect(
                commands.createGuest().joined(separator: " ").contains("--network claude-bottle-dev --ip 10.77.156.3"))
            #expect(commands.createGuest().last == "open" && !commands.policy.allowsVsock)
            #expect(!commands.containers.contains("claude-bottle-dev_net"))
        }
        #expect(try commands([.gwopen]).runAnchor.contains("10.77.156.1"))
        #expect(try commands([.gwopen]).bundle.createNetwork.contains("--internal"))
        #expect(try commands([.autoresolver]).runAnchor.last == "resolver=\(WorldLayout.hostResolver)")
    }

    // MARK: - What comes back from inside

    private func frame(_ kind: UInt8, _ bytes: [UInt8]) -> [UInt8] { [kind, UInt8(bytes.count), 0, 0, 0] + bytes }

    @Test func framesBecomeAResult() throws {
        let bytes = frame(1, [65]) + frame(2, [66]) + frame(1, [67]) + frame(3, [7])
        let result = try SupervisedOutput(bytes, limit: 100).result(of: "x", cut: false)
        #expect(result == ExecResult(ending: .exited(7), stdout: [65, 67], stderr: [66]))
        #expect(try SupervisedOutput(frame(4, [9]), limit: 1).result(of: "x", cut: false).ending == .signalled(9))
        #expect(try SupervisedOutput(frame(5, []), limit: 1).result(of: "x", cut: false).ending == .timedOut)
        let cut = try SupervisedOutput(frame(1, [65, 66]) + frame(3, [0]), limit: 1).result(of: "x", cut: false)
        #expect(cut.stdout == [65] && cut.truncated)
    }

    @Test func aConnectionThatBrokeIsNoEnd() throws {
        for bytes in [[], frame(1, [65]), Array(frame(3, [0]).dropLast())] {
            let error = #expect(throws: BottleError.self) {
                try SupervisedOutput(bytes, limit: 9).result(of: "x", cut: false)
            }
            #expect(error?.code == .transport)
        }
        #expect(throws: BottleError.self) { try SupervisedOutput(frame(9, []), limit: 9) }
        #expect(throws: BottleError.self) {
            try SupervisedOutput(Array("hello world".utf8), limit: 9).result(of: "x", cut: false)
        }
        let missing = #expect(throws: BottleError.self) {
            try SupervisedOutput(frame(6, Array("ENOENT".utf8)), limit: 9).result(of: "x", cut: false)
        }
        #expect(missing?.code == .notFound)
    }

    // MARK: - What an engine says

    @Test(arguments: [
        ("Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?", EngineFailure.noEngine),
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///x: dial unix /x: connect: permission denied",
            .noPermission
        ),
        ("Got permission denied ... dial unix /var/run/docker.sock: connect: permission denied", .noPermission),
        ("Error response from daemon: client version 1.49 is too new. Maximum supported API version is 1.40", .tooOld),
        ("Error response from daemon: Pool overlaps with other one on this address space", .subnetTaken),
        (
            "Error response from daemon: Conflict. The container name \"/x\" is already in use by container \"y\".",
            .nameTaken
        ),
        ("Error response from daemon: network with name claude-bottle-dev already exists", .nameTaken),
        ("Error: No such image: x", .noImage),
        ("write /data: no space left on device", .noSpace),
        ("error during connect: Post \"http://x\": EOF", .gone),
        ("Error: No such container: x", .notFound),
        ("Error response from daemon: removal of container x is already in progress", .leaving),
        (
            "Error: \"x\" has associated containers with it. Use -f to forcibly delete containers and pods: network is being used",
            .busy
        ),
        ("Error response from daemon: something new", .other),
    ])
    func aMessageIsOneOfAFewThings(_ said: String, _ failure: EngineFailure) {
        #expect(EngineFailure.of(said) == failure)
        let text = failure.error("do it", engine: "docker", said: said).message
        #expect(text.contains("docker") || text.contains("engine"))
        #expect(!text.contains("\n"))
    }

    @Test func `only what is gone, in all its lines, is no failure of a removal`() {
        for said in [
            "Error: No such container: a\nError response from daemon: removal of container b is already in progress\n",
            "Error response from daemon: network a not found\nexit status 1\n",
        ] {
            #expect(EngineFailure.isOnlyAbsence(said), "\(said)")
        }
        #expect(
            !EngineFailure.isOnlyAbsence(
                "Error response from daemon: network a not found\nnetwork b has active endpoints\n"))
    }

    @Test(
        arguments: [
            ("20.10.24+dfsg1", "linux", nil), ("28.2.2", "linux", nil), ("19.03.1", "linux", "engine-version"),
            ("", "linux", "engine-version"), ("dev", "linux", "engine-version"), ("27.0", "windows", "engine-system"),
        ] as [(String, String, String?)])
    func anEngineIsNewEnoughOrNot(_ version: String, _ system: String, _ problem: String?) {
        let engine = EngineVersion(make: .docker, version: version, system: system)
        #expect(DockerPreflight.problem(engine)?.id == problem)
    }

    @Test(
        arguments: [
            (
                #"{"Client":{"Version":"27.1","ApiVersion":"1.41","Context":"default"},"Server":{"Version":"20.10.24","Os":"linux","KernelVersion":"6.1"}}"#,
                EngineVersion(
                    make: .docker, version: "20.10.24", system: "linux", kernel: "6.1", api: "1.41", context: "default")
            ),
            (
                #"{"Client":{"APIVersion":"4.3.1","Version":"4.3.1","Os":"linux"}}"#,
                EngineVersion(make: .podman, version: "4.3.1", system: "linux")
            ),
            (
                #"{"Client":{"APIVersion":"5.0.0","Version":"5.0.0"},"Server":{"APIVersion":"4.9.1","Version":"4.9.1","Os":"linux"}}"#,
                EngineVersion(make: .podman, version: "4.9.1", system: "linux")
            ),
            (#"{"Client":{"Version":"27.1","ApiVersion":"1.46"},"Server":null}"#, nil), ("20.10", nil), ("", nil),
        ] as [(String, EngineVersion?)])
    func anEngineSaysWhoItIs(_ answer: String, _ version: EngineVersion?) {
        #expect(EngineVersion(json: Array(answer.utf8)) == version)
    }

    @Test func eachMakeIsMeasuredByItsOwnNumbers() {
        let old = DockerPreflight.problem(EngineVersion(make: .podman, version: "4.2.0", system: "linux"))
        #expect(old?.remedy == "Use Podman 4.3 or newer.")
        #expect(DockerPreflight.problem(EngineVersion(make: .podman, version: "4.3.1", system: "linux")) == nil)
    }

    // MARK: - Archives and images

    @Test func theDefinitionsInTheRepositoryAreTheOnesThatAreBuilt() throws {
        var root = URL(filePath: #filePath)
        while root.path != "/", !FileManager.default.fileExists(atPath: root.appending(path: "Package.swift").path) {
            root.deleteLastPathComponent()
        }
        for (name, text) in [("online", GuestDefinition.online), ("offline", GuestDefinition.offline)] {
            let file = root.appending(path: "Fixtures/images/\(name)/Dockerfile")
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
        }
    }
}
