// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    @Suite struct ModeTests {
        @Test func saysWhatOnlyARunningProgramCanSay() async throws {
            let run = try await ProbeRunner.start(["say"], input: "n 7 5\n")
            #expect(run.exitCode == 0)
            #expect(run.text == "n 42 f2fe797d631cb63847d41aa15e55405362c5e040d27a503182af5ef09159bc84\n")
            #expect(run.errors.isEmpty)
        }

        @Test func theProductWraps() async throws {
            let run = try await ProbeRunner.start(["say"], input: "n 18446744073709551615 18446744073709551615\n")
            // (2^64-1)^2 + (2^64-1) is a multiple of 2^64.
            #expect(run.text.split(separator: " ").prefix(2) == ["n", "0"])
        }

        @Test(arguments: ["", "n\n", "n 1\n", "n 1 x\n", "n 18446744073709551616 1\n", "n  1 2\n"])
        func refusesToSayNonsense(input: String) async throws {
            let run = try await ProbeRunner.start(["say"], input: input)
            #expect(run.exitCode == 64)
            #expect(run.output.isEmpty)
            #expect(run.errors.split(separator: 0x0a).count == 1)
        }

        @Test(arguments: [0, 1, 7, 255]) func failsAsTold(code: Int) async throws {
            let run = try await ProbeRunner.start(["fail", String(code)])
            #expect(run.exitCode == Int32(code))
            #expect(!run.signalled)
            #expect(run.output.isEmpty)
            #expect(run.errors.split(separator: 0x0a).count == 1)
        }

        @Test(arguments: [["fail"], ["fail", "256"], ["fail", "-1"], ["nonsense"], ["batch", "more"], [""]])
        func badArgumentsAreAUsageError(arguments: [String]) async throws {
            let run = try await ProbeRunner.start(arguments, input: "identity a n\n")
            #expect(run.exitCode == 64)
            #expect(run.output.isEmpty)
            #expect(run.errors.split(separator: 0x0a).count == 1)
        }

        @Test func hasAVersion() async throws {
            let run = try await ProbeRunner.start(["version"])
            #expect(run.exitCode == 0)
            #expect(run.text == "bottle-probe protocol 1\n")
        }

        @Test(arguments: [SIGTERM, SIGINT]) func pausesUntilToldToEnd(signal: Int32) async throws {
            let run = try await ProbeRunner.start(
                ["pause"],
                whileRunning: { process in
                    defer { kill(process, signal) }
                    return Processes.handles(signal, in: process, within: 20)
                })
            #expect(run.asObserved)
            #expect(run.exitCode == 0)
            #expect(!run.signalled)
        }
    }
}
