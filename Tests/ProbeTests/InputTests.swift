// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    @Suite struct InputTests {
        static let malformed = [
            "nonsense", "exchange", "exchange a n", "exchange a n tcp 127.0.0.1 80",
            "exchange a n sctp 127.0.0.1 80 100",
            "exchange a n tcp localhost 80 100", "exchange a n tcp [::1] 80 100",
            "exchange a n tcp 127.0.0.1 65536 100",
            "exchange a n tcp 127.0.0.1 80 0", "exchange a n tcp 127.0.0.1 -1 100", "exchange a n tcp 127.0.0.1 80 1e3",
            "exchange a n tcp 127.0.0.1 80 100 61", "exchange a n tcp 127.0.0.1 80 100 6/close",
            "exchange a n tcp 127.0.0.1 80 100 6A/close", "exchange a n tcp 127.0.0.1 80 100 61/soon",
            "exchange a n tcp 127.0.0.1 80 100 61/bytes:x", "exchange a n tcp 127.0.0.1 80 100 tls:",
            "exchange a n tcp 127.0.0.1 80 100 tls:-:-:- 61/close",
            "exchange a n tcp 127.0.0.1 80 99999999999999999999",
            "file a n", "file a n -", "file a n 610062", "file a n zz", "readfile a n 2f", "readfile a n 2f 0",
            "readfile a n 2f 65537", "unixsockets a n",
            "unixsockets a n zz", "exchange a n unix name 0 100", "exchange a n unix @ 0 100",
            "exchange a n unix @\(String(repeating: "x", count: 108)) 0 100", "identity a n more", "identity  a n",
            "identity a",
            "selftest a n nowhere", "writefile a n 61", "timeout 0", "timeout x", "parallel 0", "parallel 257", " ",
            "exchange a n tcp \(String(repeating: "1", count: 5000)) 80 100",
        ]

        @Test(arguments: malformed) func aBadLineIsReportedAndTheRestRuns(bad: String) async throws {
            let run = try await ProbeRunner.batch("identity first n", bad, "identity last n")
            #expect(try run.lines().count == 3)
            let line = try run.line("?")
            #expect(line.stage == "input")
            #expect((line.object["error"] as? String)?.hasPrefix("line 2: ") == true)
            #expect(try run.line("first").stage == "done")
            #expect(try run.line("last").stage == "done")
        }

        @Test func binaryRubbishIsNotFatal() async throws {
            let run = try await ProbeRunner.shell(
                #"{ head -c 20000 /dev/urandom; printf '\nidentity a n\nidentity \377 n\n'; } | "$0" batch"#)
            #expect(run.exitCode == 0)
            let lines = try run.lines()
            #expect(try run.line("a").stage == "done")
            #expect(lines.filter { $0.id == "?" }.count == lines.count - 1)
            #expect(lines.count >= 2)
        }

        @Test func anEmptyInputIsAnEmptyBatch() async throws {
            let run = try await ProbeRunner.start([])
            #expect(run.exitCode == 0)
            #expect(run.output.isEmpty)
        }

        @Test func aLineSayingEndNeedsNoEndOfFile() async throws {
            let run = try await ProbeRunner.start(["batch"], input: "identity a n\r\nend\r\n", keepInputOpen: true)
            #expect(run.exitCode == 0)
            #expect(try run.line("a").stage == "done")
        }

        @Test func settingsAreHonoured() async throws {
            try await LoopbackServer.serving(.silent) { port in
                let started = Date()
                let run = try await ProbeRunner.batch(
                    "parallel 1", "exchange a n tcp 127.0.0.1 \(port) 250 -/close",
                    "exchange b n tcp 127.0.0.1 \(port) 250 -/close")
                #expect(Date().timeIntervalSince(started) >= 0.5)
                #expect(try run.lines().map(\.id) == ["a", "b"])
            }
        }
    }
}
