// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    @Suite struct SupervisionTests {
        @Test func theWatchdogEndsAStuckProbe() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let run = try await ProbeRunner.batch(
                    "timeout 400", "exchange stuck n tcp 127.0.0.1 \(port) 60000 -/close", "identity fine n")
                let stuck = try run.line("stuck")
                #expect(stuck.killed == true)
                #expect(stuck.stage == "socket")
                #expect(stuck.errno == "ETIMEDOUT")
                #expect(stuck.milliseconds >= 400 && stuck.milliseconds < 10_000)
                #expect(try run.line("fine").stage == "done")
            }
        }

        @Test func aCrashedProbeStillGetsItsLine() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let run = try await ProbeRunner.start(
                    ["batch"], input: "exchange a n tcp 127.0.0.1 \(port) 50000 -/close\n",
                    whileRunning: { parent in
                        let children = Processes.children(of: parent, within: 20)
                        for child in children { kill(child, SIGSEGV) }
                        return children.count == 1
                    })
                #expect(run.asObserved)
                #expect(run.exitCode == 0)
                let line = try run.line("a")
                #expect(line.killed == true)
                #expect(line.errno == nil)
                #expect(line.fact("signal") == "11")
            }
        }

        @Test func aKilledParentTakesItsProbesAlong() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let run = try await ProbeRunner.start(
                    ["batch"], input: "exchange a n tcp 127.0.0.1 \(port) 50000 -/close\n",
                    whileRunning: { parent in
                        let children = Processes.children(of: parent, within: 20)
                        kill(parent, SIGKILL)
                        return children.count == 1 && children.allSatisfy { Processes.isGone($0, within: 20) }
                    })
                #expect(run.asObserved)
                #expect(run.signalled)
            }
        }

        @Test func twoHundredProbesInOneBatch() async throws {
            try await LoopbackServer.serving(.echo) { port in
                var list: [String] = []
                for index in 0..<200 {
                    let text = hex("nonce-\(index)")
                    list.append(
                        "exchange p\(index) n\(index) tcp 127.0.0.1 \(port) 9000 \(text)/bytes:\(text.count / 2)")
                }
                let run = try await ProbeRunner.start(["batch"], input: list.joined(separator: "\n"))
                let lines = try run.lines()
                #expect(run.exitCode == 0)
                #expect(Set(lines.map(\.id)).count == 200)
                #expect(lines.count == 200)
                for line in lines {
                    #expect(line.stage == "done")
                    #expect(line.received == [hex("nonce-" + line.id.dropFirst())])
                    #expect(line.object["end"] as? String == "n" + line.id.dropFirst())
                }
            }
        }

        /// With 5 descriptors there is one pipe at a time, with 4 none at all: the probe then runs in the parent.
        @Test(arguments: [5, 4]) func getsByWithFewDescriptors(limit: Int) async throws {
            let input = (0..<10).map { "identity p\($0) n" }.joined(separator: "\n")
            let run = try await ProbeRunner.shell("ulimit -n \(limit); exec \"$0\" batch", input: input)
            #expect(run.exitCode == 0)
            let lines = try run.lines()
            #expect(lines.count == 10)
            #expect(lines.allSatisfy { $0.stage == "done" && $0.fact("uid") == String(getuid()) })
        }

        @Test func aLineLongerThanAPipeArrivesWhole() async throws {
            try await LoopbackServer.serving(.banner([UInt8](repeating: 0x7a, count: 65536))) { port in
                let list = (0..<8).map { "exchange p\($0) n tcp 127.0.0.1 \(port) 9000 -/close" }
                let run = try await ProbeRunner.start(["batch"], input: list.joined(separator: "\n"))
                let lines = try run.lines()
                #expect(lines.count == 8)
                #expect(lines.allSatisfy { $0.received.first?.count == 131_072 })
            }
        }

        @Test func aSlowReaderCostsNoProbe() async throws {
            try await LoopbackServer.serving(.banner([UInt8](repeating: 0x7a, count: 65536))) { port in
                try await LoopbackServer.serving(.silent) { silent in
                    let list = (0..<20).map { "exchange p\($0) n tcp 127.0.0.1 \(port) 9000 -/close" }
                    // The reader first waits a second for a silent server, longer than the watchdog.
                    let run = try await ProbeRunner.shell(
                        "\"$0\" batch | { echo 'exchange r n tcp 127.0.0.1 \(silent) 1000 -/close' | \"$0\"; cat; }",
                        input: "timeout 700\n" + list.joined(separator: "\n"))
                    let lines = try run.lines().filter { $0.id != "r" }
                    #expect(lines.count == 20)
                    #expect(lines.allSatisfy { $0.killed == false && $0.received.first?.count == 131_072 })
                }
            }
        }

        @Test func noticesThatNobodyReads() async throws {
            let run = try await ProbeRunner.shell(
                "\"$0\" batch >/dev/full; echo $? >&2", input: "identity a n\n")
            #expect(String(decoding: run.errors, as: UTF8.self) == "74\n")
        }
    }
}
