// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct FS04KernelSurfacesClosedTests {
    private let check = FS04KernelSurfacesClosed()
    private let world = SimulatedWorld(capabilities: ["bundle-exec", "guest-root"])

    private func judge(_ user: String, _ fact: String, _ value: String?) -> Judgement {
        var evidence = world.evidence(for: check)
        evidence.sessions[.bottle]?.probes["surfaces-\(user)"]?.observation?.facts[fact] = value
        return check.judge(evidence)
    }

    private static let facts =
        FS04KernelSurfacesClosed.read.map { "read:\($0)" } + FS04KernelSurfacesClosed.written.map { "write:\($0)" }
        + ["mknod"]

    @Test(arguments: facts) func everySurfaceIsJudged(fact: String) {
        for (answer, expected) in [
            ("ok", Verdict.violated), ("EROFS", .pass), ("null", .pass), ("ENOENT", .pass), ("EIO", .inconclusive),
        ] {
            for user in ["agent", "root"] {
                #expect(judge(user, fact, answer).verdict == expected, "\(user) \(answer)")
            }
        }
        #expect(judge("agent", fact, nil).verdict == .inconclusive)
    }

    @Test func anyBlockDeviceThatOpensIsALeak() {
        #expect(judge("agent", "block:sda", "ok").verdict == .violated)
        #expect(judge("agent", "block:sda", "EACCES").verdict == .pass)
    }

    @Test(arguments: ["read:/proc/self/status", "write:/dev/null"])
    func whatIsTheProcessesOwnMustOpen(fact: String) {
        #expect(judge("root", fact, "EACCES").verdict == .inconclusive)
        #expect(judge("root", fact, nil).verdict == .inconclusive)
    }

    @Test func aDevThatCannotBeLookedThroughProvesNothing() {
        #expect(judge("agent", "devices", "EACCES").verdict == .inconclusive)
        #expect(judge("agent", "devices", "ENOENT").verdict == .pass)
    }

    @Test(arguments: ["surfaces-agent", "surfaces-root"]) func silenceProvesNothing(key: String) {
        var evidence = world.evidence(for: check)
        evidence.sessions[.bottle]?.probes[key]?.observation = nil
        #expect(check.judge(evidence).verdict == .inconclusive)
    }
}
