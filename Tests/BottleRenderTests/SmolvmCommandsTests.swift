// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import Testing

@Suite struct SmolvmCommandsTests {
    private let commands: SmolvmCommands
    private let name: SmolvmMachine.Name

    init() throws {
        commands = try SmolvmCommands(stateDirectory: "/run/bottle/smolvm")
        name = SmolvmMachine.Name(slug: try Slug("dev"))
    }

    private func machine(_ environment: [String: String] = [:], command: [String] = ["true"]) -> SmolvmMachine {
        SmolvmMachine(
            name: name, source: .pack("/cache/x.smolmachine"), environment: environment, bundleAddress: "10.77.3.2",
            command: command)
    }

    private let base = ["smolvm", "--state-dir", "/run/bottle/smolvm", "--error-format", "json"]

    @Test func everyCallIsTheOneThatWasMeasured() throws {
        #expect(
            try commands.create(machine(["B": "2", "A": "1"], command: ["sleep", "infinity"])) == base + [
                "machine", "create", "--name", "claude-bottle-dev", "--from", "/cache/x.smolmachine", "--label",
                "bottle=claude-bottle-dev", "--allow-cidr", "10.77.3.2/32", "--dns", "10.77.3.2",
                "--allow-host-pattern", "none.invalid", "-e", "A=1", "-e", "B=2", "--", "sleep", "infinity",
            ])
        #expect(commands.start(name) == base + ["machine", "start", "--name", "claude-bottle-dev"])
        #expect(
            try commands.exec(
                name,
                .init(
                    argv: ["id", "-u"], environment: ["K": "V"], user: "node", workingDirectory: "/home/node",
                    timeout: 30, forwardsInput: true, terminal: true)
            ) == base + [
                "machine", "exec", "--name", "claude-bottle-dev", "--timeout", "30s", "-u", "node", "-w", "/home/node",
                "-i", "-t", "-e", "K=V", "--", "id", "-u",
            ])
        #expect(
            try commands.copyIn(name, from: "/a b", to: "/home/node/p", mode: 0o600, uid: 1000, gid: 1000) == base + [
                "machine", "cp", "--mode", "600", "--uid", "1000", "--gid", "1000", "/a b",
                "claude-bottle-dev:/home/node/p",
            ])
        #expect(
            try commands.copyOut(name, from: "/etc/hosts", to: "/a") == base + [
                "machine", "cp", "claude-bottle-dev:/etc/hosts", "/a",
            ])
        #expect(commands.stop(name) == base + ["machine", "stop", "--name", "claude-bottle-dev"])
        #expect(commands.stop(name, grace: 5).suffix(2) == ["-t", "5"])
        #expect(commands.delete(name) == base + ["machine", "delete", "--name", "claude-bottle-dev", "-f"])
        #expect(commands.list() == base + ["machine", "ls", "--json"])
        #expect(commands.status(name) == base + ["machine", "status", "--name", "claude-bottle-dev", "--json"])
        #expect(
            commands.egressEvents(name) == base + ["machine", "egress-events", "--name", "claude-bottle-dev", "--json"])
        #expect(commands.version() == ["smolvm", "--version"])
        #expect(
            try commands.packCreate(image: .archive("/c/i.tar"), output: "/c/x") == base + [
                "pack", "create", "--image", "/c/i.tar", "-o", "/c/x",
            ])
        let old = try SmolvmCommands(program: "/opt/smolvm", stateDirectory: nil, reportsErrorsAsJSON: false)
        #expect(old.list() == ["/opt/smolvm", "machine", "ls", "--json"])
    }

    @Test func noValueBecomesAFlag() {
        Property.check { generator in
            let environment = HostileText.environment(&generator)
            let argv = ["p"] + generator.list(3, HostileText.withoutNUL)
            let variables = CodePointOrder.sorted(environment).flatMap { ["-e", "\($0.key)=\($0.value)"] }
            let create = try commands.create(machine(environment, command: argv))
            let exec = try commands.exec(name, .init(argv: argv, environment: environment, timeout: 1))
            for call in [create, exec] {
                guard call.suffix(argv.count + 1) == ["--"] + argv else { return "\(call)" }
                // Before "--" stands what stands there without the values, and then each variable behind its -e.
                let head = Array(call.dropLast(argv.count + 1))
                guard Array(head.suffix(variables.count)) == variables else { return "\(call)" }
                let plain =
                    call == create
                    ? try commands.create(machine())
                    : try commands.exec(
                        name, .init(argv: ["p"], environment: [:], timeout: 1))
                guard Array(head.dropLast(variables.count)) == Array(plain.dropLast(2)) else { return "\(call)" }
            }
            return nil
        }
    }

    @Test func arbitraryTextIsAPathOrAUserOrRefused() {
        Property.check { generator in
            let text = HostileText.any(&generator)
            for value in [text, "-\(text)", "/\(text)"] {
                let calls = [
                    try? commands.copyIn(name, from: value, to: "/x", mode: 0o600, uid: 0, gid: 0),
                    try? commands.copyOut(name, from: value, to: "/x"),
                    try? commands.packCreate(image: .archive(value), output: "/x"),
                    try? commands.packCreate(image: .reference(value), output: "/x"),
                    try? commands.packCreate(image: .archive("/x"), output: value),
                    try? commands.exec(name, .init(argv: ["p"], environment: [:], user: value, timeout: 1)),
                    try? commands.exec(name, .init(argv: ["p"], environment: [:], workingDirectory: value, timeout: 1)),
                    try? SmolvmCommands(program: value, stateDirectory: nil).list(),
                    try? SmolvmCommands(stateDirectory: value).list(),
                ]
                for call in calls.compactMap({ $0 }) {
                    let arrived = call.contains { $0 == value || $0 == "claude-bottle-dev:\(value)" }
                    let known = Set([
                        "--state-dir", "--error-format", "--mode", "--uid", "--gid", "--image", "-o", "--json",
                    ])
                    .union(["--name", "--timeout", "-u", "-w", "--"])
                    let flags = call.filter { $0.hasPrefix("-") && !known.contains($0) }
                    if !arrived || !flags.isEmpty || value.utf8.first == UInt8(ascii: "-") { return "\(call)" }
                }
            }
            return nil
        }
    }

    @Test func badInputIsOneSentence() {
        #expect(throws: BottleError.self) { try commands.packCreate(image: .archive("/i"), output: "/x.smolmachine") }
        #expect(throws: BottleError.self) { try commands.packCreate(image: .reference(""), output: "/x") }
        #expect(throws: BottleError.self) { try commands.create(machine(command: [])) }
        #expect(throws: BottleError.self) { try commands.create(machine(command: ["a\u{0}"])) }
        #expect(throws: BottleError.self) { try commands.create(machine(["A": "x\u{0}"])) }
        #expect(throws: BottleError.self) { try commands.exec(name, .init(argv: ["a"], environment: [:], timeout: 0)) }
        #expect(throws: BottleError.self) { try commands.copyOut(name, from: "/a", to: "/b:/c") }
        var open = machine()
        open.bundleAddress = "0.0.0.0"
        #expect(throws: BottleError.self) { try commands.create(open) }
    }

    @Test func environmentOfTheCallerCannotChangeThePolicy() {
        let environment = SmolvmCommands.environment([
            "PATH": "/bin", "SMOLVM_EGRESS_FLOOR": "off", "SMOLVM_SECCOMP": "off", "SMOLVM_PUBLISH_ADDR": "0.0.0.0",
        ])
        #expect(environment == ["PATH": "/bin", "SMOLVM_SECCOMP": "enforce", "SMOLVM_LANDLOCK": "enforce"])
    }
}
