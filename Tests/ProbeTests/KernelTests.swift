// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    /// The attempts change nothing, so they are made here, by whoever runs the tests.
    @Suite struct KernelTests {
        private static let powers = [
            "raw-socket", "packet-socket", "interface", "mount", "hostname", "module", "file-handle", "bpf",
            "kernel-log",
        ]

        @Test func everyPowerIsTried() async throws {
            let host = ProcessInfo.processInfo.hostName
            let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
            let line = try await ProbeRunner.batch("powers a n").line("a")
            #expect(line.stage == "done")
            #expect(line.fact("power.none") == "ok")
            for power in Self.powers { #expect(line.fact("power.\(power)") != nil, "\(power)") }
            #expect(ProcessInfo.processInfo.hostName == host)
            #expect(try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) == mounts)
        }

        @Test(.enabled(if: geteuid() != 0, "root holds every capability"))
        func anOrdinaryUserHasNone() async throws {
            let line = try await ProbeRunner.batch("powers a n").line("a")
            for power in Self.powers { #expect(line.fact("power.\(power)") != "ok", "\(power)") }
        }

        @Test func aFileThatOpensIsToldFromOneThatDoesNot() async throws {
            func hex(_ path: String) -> String { path.utf8.map { String(format: "%02x", $0) }.joined() }
            let input =
                "surfaces a n r:\(hex("/proc/self/status")) w:\(hex("/dev/null")) r:\(hex("/dev/null")) "
                + "w:\(hex("/proc")) r:\(hex("/no/such/file"))"
            let line = try await ProbeRunner.batch(input).line("a")
            #expect(line.fact("read:/proc/self/status") == "ok")
            #expect(line.fact("write:/dev/null") == "null")
            #expect(line.fact("read:/dev/null") == "null")
            #expect(line.fact("write:/proc") == "EISDIR")
            #expect(line.fact("read:/no/such/file") == "ENOENT")
            #expect(line.fact("mknod") != nil && line.fact("devices") == "ok")
        }

        @Test(arguments: ["surfaces a n x:2f", "surfaces a n r:zz", "surfaces a n r", "powers a n 1"])
        func refusesBadInput(input: String) async throws {
            let run = try await ProbeRunner.start(["batch"], input: "\(input)\n")
            #expect(run.text.contains("\"stage\":\"input\""))
        }
    }
}
