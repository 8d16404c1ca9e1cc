// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// Bottles of real smolvm, in a lab. In a tier of their own, for a machine that boots on an emulated processor bears no
    /// neighbours: smolvm waits for half a minute and no longer.
    @Suite(
        .serialized, .timeLimit(.minutes(15)),
        .enabled(if: labs != nil, "needs what a lab is built with: eval \"$(Tests/lab start)\""))
    struct MachineTests {
        @Test func `bottles of microVMs isolate, and the evidence says whose machine and kernel it was`() async throws {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs)]
            try await Tool.withTool { tool in
                let (junit, events) = (tool.file("r.xml"), tool.file("e.jsonl"))
                let command = [
                    "run", "--backend", "smolmachines", "--profile", "seed@1", "--lab", "always", "--junit",
                    junit.path, "--events", events.path,
                ]
                func run() async throws -> Tool.Outcome {
                    try await tool.finish(tool.start(command, environment: environment), within: 800)
                }
                var outcome = try await run()
                // A machine on an emulated processor ends by itself now and then: a run that proved nothing is no proof against
                // anybody, and is made once more. One that found a violation is none.
                if [2, 3].contains(outcome.status) { outcome = try await run() }
                try #require(outcome.status == 0, "\(outcome)")
                #expect(outcome.stdout.contains("conformant with seed@1: 5 of 5"), "\(outcome)")
                let tested = try #require(outcome.stdout.split(separator: "\n").last)
                for fact in ["smolmachines (lab)", "smolvm 1.32.2", "emulator QEMU"] {
                    #expect(tested.contains(fact), "\(fact) is not in \(tested)")
                }
                #expect(try String(contentsOf: junit, encoding: .utf8).contains("DRIVER-01"))
                // The guest's own kernel and boot, which are neither the lab's nor this machine's.
                let evidence = try String(contentsOf: events, encoding: .utf8)
                let own = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines)
                let boots = Set(
                    evidence.matches(of: /"boot_id":"([0-9a-f-]{36})"/).map { String($0.output.1) })
                // Those of the guest, and of its bundle, which shares the lab's.
                #expect(boots.count >= 2 && !boots.contains(own), "\(boots)")
                let kernels = Set(evidence.matches(of: /"kernel":"([^"]+)"/).map { String($0.output.1) })
                var system = utsname()
                try #require(uname(&system) == 0)
                let ownKernel = withUnsafeBytes(of: system.release) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                #expect(
                    kernels.contains { !$0.contains("cloud-amd64") && $0 != ownKernel },
                    "no kernel is the guest's own: \(kernels)")
            }
        }

        @Test func `a bottle and its floor are measured in turns, and a floor that fails is said in one sentence`()
            async throws
        {
            let environment = ["XDG_CACHE_HOME": try #require(EndToEnd.labs)]
            try await Tool.withTool { tool in
                func measure(_ arguments: String...) async throws -> Tool.Outcome {
                    let command = ["bench", "suite", "--backend", "smolmachines", "--rounds", "1"] + arguments
                    return try await tool.finish(
                        tool.start(command, environment: environment, workingDirectory: Tool.root), within: 800)
                }
                var outcome = try await measure("--conversions", "0", "--lab", "always")
                // As above: machines that do not stay up are no answer.
                if outcome.status == 2 { outcome = try await measure("--conversions", "0", "--lab", "always") }
                // How fast it is depends on who else is here.
                #expect(outcome.status == 0 || outcome.status == 1, "\(outcome)")
                let calls = try ["floor: ", "launch, ", "machine create"].map { name in
                    let line = try #require(
                        outcome.stdout.split(separator: "\n").first { $0.hasPrefix(name) }, "\(outcome)")
                    return try #require(line.split(separator: " ").last.flatMap { Int($0) }, "\(outcome)")
                }
                #expect(calls[2] == 2 && calls[0] > 2 && calls[1] >= calls[0], "fewer than the fewest: \(outcome)")
                for said in ["times the floor", "a conversion was not measured", "in a lab on QEMU"] {
                    #expect(outcome.stdout.contains(said), "\(outcome)")
                }
                let script = try tool.write("echo 'smolvm-floor.sh: no floor' >&2; exit 3\n", to: "floor.sh")
                let broken = try await measure("--conversions", "0", "--lab", "always", "--floor", script)
                #expect(broken.status == 2 && broken.stdout.isEmpty, "\(broken)")
                #expect(broken.stderr.contains("it said \"smolvm-floor.sh: no floor\""), "\(broken)")
            }
        }
    }
}
