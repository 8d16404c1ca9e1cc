// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Glibc
import Testing

@testable import BottleSidecars

/// The built executable, started as a child and watched from outside.
@Suite(.serialized, .timeLimit(.minutes(2))) struct InitTests {
    @Test func initStartsScrubbedDaemonsAndEndsWhenTold() async throws {
        try await RunningInit.run { bundle async throws in
            let ready = try #require(await bundle.waitFor { $0["event"] == "ready" })
            #expect(ready["daemon"] == "init" && ready["detail"] == "egress,pipelock")
            #expect(bundle.records.contains { $0["event"] == "status" && $0["detail"] == "egress,pipelock" })
            let children = bundle.children()
            #expect(children.count == 2)
            for child in children {
                let arguments = bundle.file("/proc/\(child)/cmdline")
                let environment = bundle.file("/proc/\(child)/environ")
                #expect(!arguments.contains("s3cret"))
                if arguments.contains("egress\0") && !arguments.contains("pipelock\0") {
                    #expect(
                        environment == "EGRESS_UPSTREAM_PROXY=http://127.0.0.1:\(bundle.pipelockPort)\0TOKEN=s3cret\0")
                } else {
                    #expect(environment == "")
                }
            }
            #expect(!bundle.file("/proc/\(bundle.pid)/environ").contains("s3cret"))
            kill(bundle.pid, SIGTERM)
            #expect(await bundle.waitForExit() == 0)
            #expect(!bundle.text.contains("s3cret"))
            for child in children { #expect(kill(child, 0) == -1) }
        }
    }

    @Test func aDaemonThatDiesEndsTheBundle() async throws {
        try await RunningInit.run { bundle async throws in
            _ = try #require(await bundle.waitFor { $0["event"] == "ready" })
            let egress = try #require(
                bundle.children().first { bundle.file("/proc/\($0)/cmdline").contains("--listen") })
            let children = bundle.children()
            kill(egress, SIGKILL)
            #expect(await bundle.waitForExit() == 1)
            let died = bundle.records.first { $0["event"] == "died" }
            #expect(died?["daemon"] == "init" && died?["detail"] == "egress was killed by signal 9")
            for child in children { #expect(kill(child, 0) == -1) }
        }
    }

    @Test func daemonsDieWithInit() async throws {
        try await RunningInit.run { bundle async throws in
            _ = try #require(await bundle.waitFor { $0["event"] == "ready" })
            let children = bundle.children()
            kill(bundle.pid, SIGKILL)
            _ = await bundle.waitForExit()
            for child in children { #expect(await bundle.poll { bundle.isGone(child) }) }
        }
    }

    @Test(arguments: [("egressoff", "pipelock"), ("noproxy", "egress"), ("tcpsink", "egress,pipelock")])
    func faultsOfInitLeaveItReady(fault: String, daemons: String) async throws {
        try await RunningInit.run(extra: #","faults":["\#(fault)"]"#) { bundle async throws in
            let ready = try #require(await bundle.waitFor { $0["event"] == "ready" })
            #expect(ready["detail"] == daemons)
            #expect(
                bundle.records.contains { $0["event"] == "fault" && $0["detail"] == "deliberately broken: \(fault)" })
        }
    }

    @Test(arguments: [
        (#","open":true"#, "0.0.0.0"), (#","faults":["egress0000"]"#, "0.0.0.0"), ("", "127.0.0.1"),
    ])
    func egressListensWhereItIsTold(extra: String, address: String) async throws {
        try await RunningInit.run(extra: extra) { bundle async throws in
            _ = try #require(await bundle.waitFor { $0["event"] == "ready" })
            let started = try #require(bundle.records.first { $0["daemon"] == "egress" && $0["event"] == "started" })
            #expect(started["target"] == "\(address):\(bundle.egressPort)")
        }
    }

    @Test func configurationThatCameWithTheDocumentIsWrittenForItsOwnerOnly() async throws {
        try await RunningInit.run(carriesConfig: true) { bundle async throws in
            _ = try #require(await bundle.waitFor { $0["event"] == "ready" })
            let pipelock = try #require(
                bundle.children().map { bundle.file("/proc/\($0)/cmdline") }.first { $0.contains("pipelock\0") })
            let words = pipelock.split(separator: "\0").map(String.init)
            let path = words[try #require(words.firstIndex(of: "--config")) + 1]
            #expect(bundle.file(path).contains("0.0.0.0:\(bundle.pipelockPort)"))
            #expect(SidecarSystem.mode(of: path) == 0o600)
        }
    }

    @Test func authoritiesThatCameWithTheDocumentReachTheirDaemons() async throws {
        try await RunningInit.run(carriesConfig: true, carriesAuthorities: true) { bundle async throws in
            _ = try #require(await bundle.waitFor { $0["event"] == "ready" })
            let lines = bundle.children().map { child in
                bundle.file("/proc/\(child)/cmdline").split(separator: "\0").map(String.init)
            }
            let egress = try #require(lines.first { $0.contains("--ca-cert") })
            let pipelock = try #require(lines.first { $0.contains("--config") })
            func value(of option: String, _ words: [String]) throws -> String {
                words[try #require(words.firstIndex(of: option)) + 1]
            }
            let files = CertificateFiles(
                certificate: try value(of: "--ca-cert", egress), key: try value(of: "--ca-key", egress))
            _ = try Authority(files: files)
            for path in [files.certificate, files.key] + (try [egress, pipelock].map { try value(of: "--trust", $0) }) {
                #expect(SidecarSystem.mode(of: path) == 0o600, "\(path)")
                #expect(bundle.file(path).hasPrefix("-----BEGIN "))
            }
            // A key is in its file and nowhere else.
            let secret = bundle.file(files.key).split(separator: "\n").dropFirst().dropLast()
            #expect(secret.isEmpty == false)
            for line in secret {
                #expect(!bundle.text.contains(line) && !lines.joined().contains { $0.contains(line) })
            }
        }
    }

    @Test(arguments: ["", "{\"mode\":\"strict\",\"x\":1}", "mode: strict"])
    func badConfigurationIsOneSentenceAndStatus1(config: String) async throws {
        try await RunningInit.run(config: config) { bundle async throws in
            #expect(await bundle.waitForExit() == 1)
            #expect(!bundle.records.contains { $0["event"] == "ready" })
        }
    }

    /// Not at its first request: a launch that lacks something is to fail.
    @Test func aTokenThatIsNotThereEndsTheLaunch() async throws {
        try await RunningInit.run(token: "") { bundle async throws in
            #expect(await bundle.waitForExit() == 1)
            #expect(bundle.records.contains { $0["event"] == "died" && $0["detail"] == "egress exited 1" })
            #expect(!bundle.records.contains { $0["event"] == "ready" })
        }
        try await RunningInit.run(extra: #","faults":["tokenless"]"#, token: "") { bundle async throws in
            _ = try #require(await bundle.waitFor { $0["event"] == "ready" })
        }
    }

    @Test func aTakenPortIsNamed() async throws {
        try await RunningInit.run { first async throws in
            _ = try #require(await first.waitFor { $0["event"] == "ready" })
            try await RunningInit.run(ports: (first.pipelockPort, first.egressPort)) { second async throws in
                #expect(await second.waitForExit() == 1)
                #expect(second.records.contains { $0["event"] == "died" })
            }
        }
    }
}
