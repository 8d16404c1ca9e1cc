// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import BottleSystem
import Foundation
import Synchronization
import Testing

@testable import BottleBackends

struct EngineEndpointTests {
    @Test func `the program's own way is taken only where it is a local socket`() {
        #expect(EngineEndpoint.path(host: nil, context: "default") == "/var/run/docker.sock")
        #expect(EngineEndpoint.path(host: "", context: "default") == "/var/run/docker.sock")
        #expect(EngineEndpoint.path(host: "unix:///run/x.sock", context: "default") == "/run/x.sock")
        for (host, context) in [
            (nil, "remote"), (nil, nil), ("tcp://127.0.0.1:2375", "default"), ("ssh://a@b", "default"),
            ("unix://relative", "default"), ("unix:///run/x.sock", nil),
        ] as [(String?, String?)] {
            #expect(EngineEndpoint.path(host: host, context: context) == nil, "\(host ?? "") \(context ?? "")")
        }
    }
}

/// The same calls, made by the engine's program and without it.
@Suite(.enabled(if: EngineFixture.isHere, EngineFixture.reason))
struct EngineAPITests {
    /// What somebody who cannot see who made a call would notice of it.
    private struct Notice: Hashable, CustomStringConvertible {
        var code: Bool
        var stdout: String
        var stderr: String
        var failure: EngineFailure
        var isAbsence: Bool
        var isTruncated: Bool
        var description: String { "\(code) \(stdout.prefix(200)) \(stderr.prefix(300)) \(failure) \(isAbsence)" }

        init(_ output: EngineClient.Output, hasOutput: Bool, isRemoval: Bool) {
            let said = String(decoding: output.stderr, as: UTF8.self)
            code = output.code == 0
            stdout = hasOutput ? output.text : ""
            stderr = hasOutput && output.code == 0 ? said : ""
            failure = output.code == 0 ? .other : EngineFailure.of(said)
            // Only a removal is asked for it; elsewhere the program adds a line of its own.
            isAbsence = isRemoval && output.code != 0 && EngineFailure.isOnlyAbsence(said)
            isTruncated = output.isTruncated
        }
    }

    private func meet(_ engine: EngineClient) async throws -> EngineClient {
        let direct = try EngineClient(environment: EngineFixture.environment)
        let json = try await engine.call("say its version", ["version", "--format", "{{json .}}"]).stdout
        direct.meet(try #require(EngineVersion(json: json)))
        return direct
    }

    private func compare(
        _ program: EngineClient, _ direct: EngineClient, _ arguments: [String], stdin: [UInt8] = [],
        variables: [String: String] = [:], limit: Int = 8 << 20, hasOutput: Bool = true
    ) async throws -> EngineClient.Output {
        // Otherwise the program would be compared with itself.
        try #require(DirectCall(arguments, stdin: stdin, variables: variables) != nil, "\(arguments)")
        let one = try await program.run(arguments, stdin: stdin, variables: variables, limit: limit)
        let other = try await direct.run(arguments, stdin: stdin, variables: variables, limit: limit)
        let notices = [one, other].map { Notice($0, hasOutput: hasOutput, isRemoval: arguments.contains("rm")) }
        #expect(notices[0] == notices[1], "\(arguments)")
        return other
    }

    @Test func `a process does the same either way`() async throws {
        try await EngineFixture.run { fixture in
            let bottle = try await fixture.driver.launch(fixture.request("direct-exec"))
            let direct = try await meet(fixture.engine)
            let container = DockerNames(slug: bottle.slug, owner: "").guest
            let shell = { (script: String) in [container, "/bin/sh", "-c", script] }
            let engine = fixture.engine
            func same(
                _ options: [String], _ command: [String], stdin: String = "", variables: [String: String] = [:],
                limit: Int = 8 << 20
            ) async throws -> EngineClient.Output {
                try await compare(
                    engine, direct, ["exec"] + options + command, stdin: Array(stdin.utf8), variables: variables,
                    limit: limit)
            }
            #expect(try await same([], shell("echo out; echo err >&2")).word == "out")
            #expect(try await same([], shell("exit 7")).code == 7)
            #expect(try await same(["--interactive"], shell("cat"), stdin: "typed\0in").text == "typed\0in")
            #expect(
                try await same(["--interactive"], shell("exit 0"), stdin: String(repeating: "x", count: 90_000)).code
                    == 0)
            #expect(try await same(["--user", "0:0", "--workdir", "/etc"], shell("id -u; pwd")).text == "0\n/etc\n")
            let variables = ["SEVERAL": "a\nb", "HTTP_PROXY": "x"]
            let environment = ["--env", "SEVERAL", "--env", "HTTP_PROXY", "--env", "SPELT=c=d"]
            #expect(
                try await same(
                    environment, shell("echo \"$SEVERAL $SPELT $HTTP_PROXY\""), variables: variables
                ).text == "a\nb c=d x\n")
            let large = try await same([], shell("head -c 3000000 /dev/zero"), limit: 1 << 20)
            #expect(large.stdout.count == 1 << 20 && large.isTruncated)
            #expect(try await same([], ["no-such-container", "true"]).code != 0)
            #expect(try await same(["--user", "0:0"], [container, "/no/such/program"]).code != 0)
            try await fixture.driver.stop(bottle)
            #expect(try await same([], shell("true")).code != 0)
            try await fixture.driver.destroy(bottle)
        }
    }

    @Test func `an engine refuses in the same words either way`() async throws {
        try await EngineFixture.run { fixture in
            let bottle = try await fixture.driver.launch(fixture.request("direct-refusal"))
            let direct = try await meet(fixture.engine)
            let names = DockerNames(slug: bottle.slug, owner: "")
            for arguments in [
                ["start", "no-such"], ["network", "rm", "no-such"], ["network", "rm", names.network],
                ["network", "connect", "no-such", names.bundle], ["network", "connect", names.network, "no-such"],
                ["network", "connect", "--ip", "10.0.0.1", names.network, names.bundle], ["start", names.guest],
            ] {
                _ = try await compare(fixture.engine, direct, arguments, hasOutput: false)
            }
            for engine in [fixture.engine, direct] {
                let seen = try await engine.call("look", BundleCommands.addresses + [names.bundle]).text
                let plan = try await fixture.driver.plan(fixture.request(bottle.slug)).plan
                #expect(
                    seen.contains("\"\(names.network)\":{")
                        && seen.contains("\"IPAddress\":\"\(plan.addresses.bundle)\""))
                #expect(try await fixture.driver.bundleAddress(of: bottle) == plan.addresses.bundle)
            }
            _ = try await compare(fixture.engine, direct, BundleCommands.addresses + ["no-such"], hasOutput: false)
            let failed = try await direct.remove(["rm", "--force", "--volumes"], ["no-such", names.guest])
            #expect(failed == nil)
            let gone = try await fixture.engine.run(["container", "inspect", names.guest])
            #expect(gone.code != 0, "what is there goes, whatever else is not")
            try await fixture.driver.destroy(bottle)
        }
    }

    @Test func `an archive arrives with its modes and owners either way`() async throws {
        try await EngineFixture.run { fixture in
            let bottle = try await fixture.driver.launch(fixture.request("direct-archive"))
            let direct = try await meet(fixture.engine)
            let names = DockerNames(slug: bottle.slug, owner: "")
            for (name, engine) in ["one": fixture.engine, "two": direct] {
                var archive = TarArchive()
                try archive.add(file: "home/node/\(name)", Array("text".utf8), mode: 0o640, owner: .agent)
                try await engine.call("copy", ["cp", "-", "\(names.guest):/"], stdin: archive.bytes)
            }
            let seen = try await fixture.shell(
                "cd; stat -c '%a %u %g %s' one two; stat -c '%a %u' / /home .", in: bottle)
            let lines = seen.split(separator: "\n")
            #expect(lines.count == 5 && lines[0] == lines[1] && lines[0] == "640 1000 1000 4", "\(seen)")
            try await fixture.driver.destroy(bottle)
        }
    }

    /// What an engine says of a thing, without what differs between two of a kind.
    private func inspect(_ engine: EngineClient, _ kind: String, _ name: String, without own: [String]) async throws
        -> [String]
    {
        let json = try await engine.call("look", [kind, "inspect", name]).stdout
        let object = try JSONSerialization.jsonObject(with: Data(json))
        let volatile: Set<String> = [
            "Id", "Created", "Name", "ResolvConfPath", "HostnamePath", "HostsPath", "GraphDriver", "State", "SandboxID",
            "SandboxKey", "NetworkID", "ConfigReference",
        ]
        var lines: [String] = []
        func walk(_ value: Any, _ path: String) {
            switch value {
            case let members as [String: Any]:
                for (key, value) in members where !volatile.contains(key) { walk(value, "\(path).\(key)") }
            case let elements as [Any]:
                for (index, element) in elements.enumerated() { walk(element, "\(path)[\(index)]") }
            // Nothing and nothing said are the same.
            case is NSNull: return
            // The beginning of the identifier, where no other was asked for.
            case let word as String where path.hasSuffix(".Hostname") && word.allSatisfy(\.isHexDigit): return
            default: lines.append("\(path)=\(value)")
            }
        }
        walk(object, "")
        return own.reduce(lines.sorted()) { lines, own in lines.map { $0.replacingOccurrences(of: own, with: "OWN") } }
    }

    @Test func `containers and networks are made the same either way`() async throws {
        try await EngineFixture.run { fixture in
            let direct = try await meet(fixture.engine)
            let images = try await fixture.images()
            let owner = try DockerSweep.owner(stateRoot: fixture.stateRoot)
            var seen: [String: [[String]]] = [:]
            for (slug, engine) in [("direct-one", fixture.engine), ("direct-two", direct)] {
                let plan = try await fixture.driver.plan(fixture.request(slug)).plan
                for faults in [[], [.plainbridge]] as [Set<Fault>] {
                    let names = DockerNames(slug: slug, owner: owner)
                    let policy = DockerNetworkPolicy(plan: plan, faults: faults, mode: .bottle)
                    let common = BundleCommands(
                        names: names, plan: plan, tools: images.tools, isForwarded: policy.isForwarded, faults: faults)
                    let commands = DockerCommands(
                        bundle: common, images: images, policy: policy, resolver: WorldLayout.nameServer,
                        engineSocket: "/run/none")
                    let variables = try DockerCommands.Variables(
                        ["PLAIN": "a b", "SEVERAL": "a\nb", "PATH": "/bin", "HTTP_PROXY": "http://x"],
                        isReserved: { $0 == "PATH" })
                    let world = EngineWorld.arguments(
                        images.tools, "\(names.machine)_world", names.labels, fixture.stateRoot)
                    let addresses = plan.addresses
                    let own = [slug, addresses.subnet, addresses.gateway, addresses.guest, addresses.bundle]
                    for (kind, name, arguments, input) in [
                        ("network", names.network, common.createNetwork, []),
                        ("container", names.bundle, common.createBundle, []),
                        ("container", names.guest, commands.createGuest(variables), variables.file),
                        ("container", names.anchor, ["create"] + commands.runAnchor.dropFirst(), []),
                        ("container", "\(names.machine)_world", ["create"] + world.dropFirst(), []),
                    ] {
                        try #require(
                            DirectCall(arguments, stdin: input, variables: variables.inherited) != nil, "\(arguments)")
                        let output = try await engine.call(
                            "make", arguments, stdin: input, variables: variables.inherited)
                        #expect(output.word.count == 64 && output.word.allSatisfy(\.isHexDigit))
                        let lines = try await inspect(fixture.engine, kind, name, without: own)
                        #expect(lines.count > 10)
                        seen["\(kind) \(name.replacing(slug, with: "")) \(faults)", default: []].append(lines)
                    }
                    _ = try await compare(
                        fixture.engine, direct,
                        [
                            "ps", "--all", "--no-trunc", "--filter", "label=\(DockerNames.ownerLabel)=\(owner)",
                            "--filter",
                            "label=\(DockerNames.slugLabel)=\(slug)", "--format", "{{.ID}} {{.Names}} {{.Mounts}}",
                        ])
                    _ = try await compare(
                        fixture.engine, direct,
                        [
                            "network", "ls", "--no-trunc", "--filter", "label=\(DockerNames.ownerLabel)=\(owner)",
                            "--format",
                            "{{.ID}} {{.Name}}",
                        ])
                    _ = try await compare(
                        fixture.engine, direct,
                        ["ps", "--quiet", "--filter", "label=\(DockerNames.ownerLabel)=\(owner)"])
                    // A name that is taken is refused in the same words.
                    _ = try await compare(fixture.engine, direct, common.createBundle, hasOutput: false)
                    _ = try await compare(fixture.engine, direct, common.createNetwork, hasOutput: false)
                    try await DockerSweep.discard(
                        [slug], engine: fixture.engine, stateRoot: fixture.stateRoot)
                }
            }
            for (what, lines) in seen {
                #expect(lines.count == 2)
                #expect(lines.first == lines.last, "\(what) \(Set(lines[0]).symmetricDifference(lines[1]))")
            }
        }
    }

    /// What somebody who follows a container notices of it.
    private final class Heard: Sendable {
        private let state = Mutex<(lines: [String], ending: String?)>(([], nil))
        var lines: [String] { state.withLock { $0.lines } }
        var ending: String? { state.withLock { $0.ending } }
        func take(_ line: [UInt8]) { state.withLock { $0.lines.append(String(decoding: line, as: UTF8.self)) } }
        func end(_ reason: String) { state.withLock { $0.ending = reason } }
    }

    @Test(arguments: [
        ("echo one; echo two >&2; exit 7", "", "its init exited with 7"),
        ("cat; echo end", "typed\n", "its init exited with 0"),
        ("printf unfinished; exit 137", "", "its init exited with 137"),
        ("head -c 200000 /dev/zero | tr '\\0' x; echo; echo after", "", "its init exited with 0"),
    ])
    func `a container is followed the same either way`(_ script: String, _ stdin: String, _ ending: String)
        async throws
    {
        try await EngineFixture.run { fixture in
            let direct = try await meet(fixture.engine)
            let images = try await fixture.images()
            let names = DockerNames(
                slug: "followed", owner: try DockerSweep.owner(stateRoot: fixture.stateRoot))
            let command =
                (stdin.isEmpty ? [] : ["--interactive"]) + ["--name", "followed-\(UUID())", "--network", "none"]
                + names.labels + ["--entrypoint", "/bin/sh", images.guest, "-c", script]
            for call in ["run", "create"] {
                let container = command[(command.firstIndex(of: "--name") ?? 0) + 1]
                var seen: [Set<String>] = []
                for engine in [fixture.engine, direct] {
                    let start = ["start", "--attach"] + (stdin.isEmpty ? [] : ["--interactive"]) + [container]
                    let follow = call == "run" ? ["run"] + command : start
                    try #require(DirectFollow(follow, stdin: Array(stdin.utf8)) != nil)
                    if call == "create" { try await engine.call("make", ["create"] + command) }
                    let heard = Heard()
                    let follower = try await engine.follow("follow", follow, stdin: Array(stdin.utf8)) {
                        heard.take($0)
                    } end: {
                        heard.end($0)
                    }
                    _ = try await follower.wait()
                    // The program is reaped before its last line is read.
                    for _ in 0..<1000 where heard.ending == nil { try await Task.sleep(for: .milliseconds(10)) }
                    #expect(heard.ending == ending)
                    seen.append(Set(heard.lines))
                    try await engine.call("remove", ["rm", "--force", container])
                }
                #expect(seen[0] == seen[1] && !(seen[0].isEmpty && script.contains("echo")))
            }
        }
    }

    @Test func `what cannot be followed is refused and leaves nothing`() async throws {
        try await EngineFixture.run { fixture in
            let direct = try await meet(fixture.engine)
            let images = try await fixture.images()
            let names = DockerNames(slug: "refused", owner: try DockerSweep.owner(stateRoot: fixture.stateRoot))
            for arguments in [
                ["start", "--attach", "no-such-container"],
                ["run", "--rm", "--name", "refused-\(UUID())", "--network", "none"] + names.labels
                    + ["--entrypoint", "/no/such/program", images.tools],
                ["run", "--rm", "--name", "refused-\(UUID())", "--network", "none"] + names.labels
                    + ["no-such-image-\(UUID())".lowercased()],
            ] {
                try #require(DirectFollow(arguments, stdin: []) != nil)
                await #expect(throws: BottleError.self) {
                    _ = try await direct.follow("follow", arguments, stdin: []) { _ in
                    } end: { _ in
                    }
                }
            }
        }
    }

    @Test func `who a local engine is can be learned without the program`() async throws {
        let engine = try EngineClient(environment: EngineFixture.environment)
        let json = try await engine.call("say its version", ["version", "--format", "{{json .}}"]).stdout
        let told = try #require(EngineVersion(json: json))
        let (version, _) = try await engine.introduction()
        #expect(version?.version == told.version && version?.kernel == told.kernel && version?.system == told.system)
        #expect(version?.context == "default" && version?.api == "1.41")
        #expect(engine.calls.map(\.verb) == ["version"], "the program was asked, and need not be")
        // Where its settings may lead elsewhere the program is asked.
        for (name, value) in ["DOCKER_API_VERSION": "1.40", "DOCKER_CONTEXT": "default"] {
            let engine = try EngineClient(environment: EngineFixture.environment.merging([name: value]) { $1 })
            _ = try? await engine.introduction()
            #expect(engine.calls.map(\.verb) == ["version"], "\(name)")
        }
    }

    @Test func `an image is looked up the same either way`() async throws {
        try await EngineFixture.run { fixture in
            let direct = try await meet(fixture.engine)
            let images = try await fixture.images()
            for name in [images.guest, images.tools, "claude-bottle-tools:latest", "no-such-image:latest"] {
                // Of what is not there the program prints an empty line.
                let seen = try await compare(
                    fixture.engine, direct, ImageIdentity.question + [name], hasOutput: !name.hasPrefix("no-"))
                #expect((seen.code == 0) == (ImageIdentity(seen.word)?.labels[ImageIdentity.contentLabel] != nil))
            }
        }
    }

    @Test func `images are made, named and removed the same either way`() async throws {
        try await EngineFixture.run { fixture in
            let direct = try await meet(fixture.engine)
            let images = try await fixture.images()
            let owner = try DockerSweep.owner(stateRoot: fixture.stateRoot)
            let names = DockerNames(slug: "direct-image", owner: owner)
            try await fixture.engine.call(
                "make", ["create", "--name", names.guest] + names.labels + [images.guest, "/bin/true"])
            let word = "direct-\(UUID())".lowercased()
            var labels: [[String: String]] = []
            for (number, engine) in [fixture.engine, direct].enumerated() {
                let reference = "\(word):\(number)"
                let change = "LABEL \(DockerNames.ownerLabel)=\(owner)"
                for arguments in [
                    ["commit", "--change", change, names.guest, reference],
                    ["tag", reference, "\(word):again\(number)"],
                ] {
                    try #require(DirectCall(arguments, stdin: [], variables: [:]) != nil)
                    try await engine.call("make", arguments)
                }
                let seen = try await fixture.engine.call("look", ImageIdentity.question + ["\(word):again\(number)"])
                    .word
                let identity = try #require(ImageIdentity(seen))
                #expect(identity.labels[DockerNames.ownerLabel] == owner)
                labels.append(identity.labels)
                // All names of one image, by one call.
                for number in 0..<20 {
                    try await engine.call("make", ["tag", reference, "\(word):more\(number)"])
                }
                try await engine.call(
                    "remove",
                    ["rmi", "--force", reference, "\(word):again\(number)"] + (0..<20).map { "\(word):more\($0)" })
                #expect(try await fixture.engine.run(ImageIdentity.question + [identity.id]).code != 0)
            }
            #expect(labels[0] == labels[1])
            for arguments in [
                ["rmi", "--force", "\(word):0"], ["tag", "\(word):0", "\(word):x"],
                ["commit", "--change", "LABEL a=b", "no-such-container", "\(word):x"],
                ["commit", "--change", "NONSENSE", names.guest, "\(word):x"], ["volume", "rm", "no-such-volume"],
            ] {
                let seen = try await compare(fixture.engine, direct, arguments, hasOutput: false)
                #expect((seen.code == 0) == (arguments[0] == "rmi"))
            }
            try await direct.call("remove", ["rm", "--force", names.guest])
        }
    }

    @Test func `volumes are listed the same either way`() async throws {
        try await EngineFixture.run { fixture in
            let direct = try await meet(fixture.engine)
            let owner = try DockerSweep.owner(stateRoot: fixture.stateRoot)
            let names = DockerNames(slug: "direct-volume", owner: owner)
            #expect(
                try await compare(fixture.engine, direct, ["volume", "create"] + names.labels + [names.volume]).word
                    == names.volume)
            let filter = ["--filter", "label=\(DockerNames.ownerLabel)=\(owner)"]
            let listed = try await compare(
                fixture.engine, direct, ["volume", "ls"] + filter + ["--format", "{{.Name}}\t\t"])
            #expect(listed.word == names.volume)
            let labels = try await direct.call("list", ["volume", "ls"] + filter + ["--format", "{{.Labels}}"]).word
            #expect(
                Set(labels.split(separator: ",")).count == 2 && labels.contains("\(DockerNames.ownerLabel)=\(owner)"))
            try await fixture.engine.call("remove", ["volume", "rm", names.volume])
        }
    }

    @Test func `an engine that is gone is told of as the program tells it`() async throws {
        let direct = EngineAPI(path: "/nonexistent/engine.sock", version: "1.41")
        let output = try await direct.perform(.start("a"), stdin: [], deadline: .seconds(5), limit: 1 << 20)
        #expect(output.code != 0)
        #expect(EngineFailure.of(String(decoding: output.stderr, as: UTF8.self)) == .noEngine)
    }
}
