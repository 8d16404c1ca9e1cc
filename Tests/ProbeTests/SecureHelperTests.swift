// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    /// The helper that speaks TLS for the probe: when it cannot run, how it is asked for, and that it is never left behind.
    @Suite struct SecureHelperTests {
        @Test(arguments: ["ENOENT", "EACCES"]) func aHelperThatCannotRunIsNamed(errno: String) async throws {
            try await ScratchDirectory.with { directory in
                let file = directory.appendingPathComponent("bottle-tls")
                if errno != "ENOENT" { try Data("no program".utf8).write(to: file) }
                try await LoopbackServer.serving(.silent) { port in
                    let line = try await SecureExchange.run(
                        port, SecureExchange.tls(SecureServer.host, nil), "\(SecureExchange.request)/close",
                        helper: "helper \(hex(file.path))")
                    #expect(line.stage == "receive")
                    #expect(line.errno == errno)
                    #expect(line.fact("tls.helper") == errno)
                    #expect(line.fact("tls.failure") == nil)
                    #expect(line.milliseconds < 20_000, "nobody waits for a helper that is not there")
                }
            }
        }

        /// It is read beforehand where it is a file, and only there.
        @Test func aHelperThatIsAPipeIsNotWaitedFor() async throws {
            try await ScratchDirectory.with { directory in
                let fifo = directory.appendingPathComponent("bottle-tls").path
                #expect(mkfifo(fifo, 0o755) == 0)
                try await LoopbackServer.serving(.silent) { port in
                    let line = try await SecureExchange.run(
                        port, SecureExchange.tls(SecureServer.host, nil), "\(SecureExchange.request)/close",
                        helper: "helper \(hex(fifo))")
                    #expect(line.fact("tls.helper") == "EACCES")
                }
            }
        }

        /// Eight of those that may run at once: nothing else is begun beside it where there is room for no more.
        @Test func whatSpeaksTLSTakesTheRoomOfEight() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let ask = "exchange a n tcp 127.0.0.1 \(port) 300"
                let tls = try await ProbeRunner.batch(
                    "parallel 8", SecureExchange.helper,
                    "\(ask) \(SecureExchange.tls(SecureServer.host, nil)) \(SecureExchange.request)/close",
                    "identity b n")
                #expect(try tls.lines().map(\.id) == ["a", "b"])
                let plain = try await ProbeRunner.batch("parallel 8", "\(ask) -/close", "identity b n")
                #expect(try plain.lines().map(\.id) == ["b", "a"])
            }
        }

        @Test func aHelperThatDiesAtOnceIsAFailure() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let line = try await SecureExchange.run(
                    port, SecureExchange.tls(SecureServer.host, nil), "\(SecureExchange.request)/close",
                    helper: "helper \(hex("/bin/false"))")
                #expect(line.stage == "receive")
                #expect(line.errno == "EPROTO")
                #expect(line.fact("tls.helper") == nil && line.fact("tls") == nil)
            }
        }

        @Test func theHelperRefusesArgumentsThatAreNone() async throws {
            let run = try await ProbeRunner.start(["one", "two"], of: SecureServer.executable("bottle-tls"))
            #expect(run.exitCode == 64)
        }

        @Test func aHelperOfAKilledProbeGoesWithIt() async throws {
            let name = "killed-\(UUID().uuidString.lowercased()).test"
            try await LoopbackServer.serving(.silent) { port in
                let run = try await ProbeRunner.start(
                    ["batch"],
                    input:
                        "\(SecureExchange.helper)\nexchange a n tcp 127.0.0.1 \(port) 50000 \(SecureExchange.tls(name, nil)) -/close\n",
                    whileRunning: { parent in
                        guard Processes.isThere(named: name, within: 20) else { return false }
                        for child in Processes.children(of: parent, within: 20) { kill(child, SIGKILL) }
                        return Processes.areGone(named: name, within: 20)
                    })
                #expect(run.asObserved)
                #expect(try run.line("a").killed == true)
            }
        }

        // MARK: - The words of the input

        @Test(arguments: [
            "tls:-:-", "tls:-:-:-:-", "tls:zz:-:-", "tls:-:6:-", "tls:6100:-:-", "tls:-:-:6A", "tls:a.test:-:-",
            "tls::-:-:", "tls:-:-:- tls:-:-:-",
        ])
        func aBadWordIsReportedAndTheRestRuns(word: String) async throws {
            let run = try await ProbeRunner.batch(
                SecureExchange.helper, "exchange a n tcp 127.0.0.1 80 100 \(word) 61/close", "identity last n")
            let line = try run.line("?")
            #expect(line.stage == "input")
            #expect((line.object["error"] as? String)?.hasPrefix("line 2: TLS is ") == true)
            #expect(try run.line("last").stage == "done")
        }

        @Test(arguments: ["udp", "udpu", "unix", "vsock"]) func onlyTCPCarriesTLS(transport: String) async throws {
            let address = ["unix": "@name", "vsock": "1:2"][transport] ?? "127.0.0.1"
            let run = try await ProbeRunner.batch(
                SecureExchange.helper, "exchange a n \(transport) \(address) 80 100 tls:-:-:- 61/close")
            #expect((try run.line("?").object["error"] as? String)?.contains("over tcp") == true)
        }

        @Test func withoutAHelperNobodyIsAskedForTLS() async throws {
            let run = try await ProbeRunner.batch(
                "exchange a n tcp 127.0.0.1 80 100 tls:-:-:- 61/close", "identity b n")
            #expect((try run.line("?").object["error"] as? String)?.contains("names the helper") == true)
            #expect(try run.line("b").stage == "done")
        }

        @Test(arguments: ["relative", "", "/nul\u{0}"]) func aHelperHasAnAbsolutePath(path: String) async throws {
            let run = try await ProbeRunner.batch("helper \(path.isEmpty ? "-" : hex(path))", "identity a n")
            #expect((try run.line("?").object["error"] as? String)?.contains("helper must be") == true)
        }
    }
}
