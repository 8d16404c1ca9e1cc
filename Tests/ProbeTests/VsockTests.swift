// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ProbeSuite {
    /// Nobody is connected to here: on most machines that would be whoever runs them.
    @Suite struct VsockTests {
        private static let ways = ["stream", "seqpacket", "datagram", "ring", "x32", "compat", "socketcall"]

        @Test func everyWayIsTriedAndNobodyDialled() async throws {
            let line = try await ProbeRunner.batch("vsock a n 1000 0 - -").line("a")
            #expect(line.stage == "done")
            #expect(line.fact("way.plain") == "ok")
            for way in Self.ways { #expect(line.fact("way.\(way)") != nil, "\(way)") }
            #expect(line.fact("context") == nil)
        }

        @Test func noPortsIsNoConnection() async throws {
            let line = try await ProbeRunner.batch("vsock a n 1000 0 7,9 -").line("a")
            for context in [7, 9] {
                #expect(line.fact("open.\(context)") == "")
                for count in ["opened", "refused", "unreachable", "denied", "silent", "failed"] {
                    #expect(line.fact("\(count).\(context)") == "0")
                }
            }
        }

        @Test(arguments: [
            "vsock a n", "vsock a n 0 0 - -", "vsock a n 9 2 - -", "vsock a n 9 0 x -", "vsock a n 9 0 4294967296 -",
            "vsock a n 9 0 1, -", "vsock a n 9 0 - 5", "vsock a n 9 0 - 5-4", "vsock a n 9 0 - 1-4294967296",
            "vsock a n 9 0 \((0...16).map(String.init).joined(separator: ",")) -", "exchange a n vsock 1 0 100",
            "exchange a n vsock 1:x 0 100", "exchange a n vsock 4294967296:1 0 100", "exchange a n vsock mine:1 0 100",
        ])
        func aBadLineIsReported(bad: String) async throws {
            #expect(try await ProbeRunner.batch(bad).line("?").stage == "input")
        }
    }
}
