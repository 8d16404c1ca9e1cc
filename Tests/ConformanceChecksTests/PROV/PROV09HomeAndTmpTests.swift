// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct PROV09HomeAndTmpTests {
    private let check = PROV09HomeAndTmp()

    private func judge(
        _ key: String, root: Bool = false, _ change: (inout Observation) -> Void
    ) -> Verdict {
        var world = SimulatedWorld()
        if root { world.capabilities.insert("guest-root") }
        var evidence = world.evidence(for: check)
        if var observation = evidence[.bottle]?.probes[key]?.observation {
            change(&observation)
            evidence.sessions[.bottle]?.probes[key]?.observation = observation
        }
        return check.judge(evidence).verdict
    }

    @Test func theHomeIsTheAgents() {
        #expect(judge("home") { $0.facts["uids"] = "501 1000" } == .violated)
        #expect(judge("home") { $0.facts["uid"] = "0" } == .violated)
        #expect(judge("home") { $0.facts["gids"] = "0 1000" } == .violated)
        #expect(judge("home") { $0.facts["uids"] = "" } == .pass, "an empty home is nobody else's")
        #expect(judge("home") { $0.errno = "EACCES" } == .violated)
        #expect(judge("home") { $0.facts["uids"] = nil } == .inconclusive)
    }

    @Test func tmpIsCleanAndEverybodys() {
        #expect(judge("tmp") { $0.facts["mode"] = "0755" } == .violated)
        #expect(judge("tmp") { $0.errno = "ENOENT" } == .violated)
        #expect(judge("leftovers") { $0.facts["count"] = "1" } == .violated)
        #expect(judge("leftovers") { $0.errno = "EACCES" } == .violated)
        #expect(judge("leftovers") { $0.errno = "EIO" } == .inconclusive)
    }

    @Test func theConfigurationTakesMore() {
        #expect(judge("append") { $0.errno = "EACCES" } == .violated)
        #expect(judge("append") { $0.errno = "ENOSPC" } == .inconclusive)
    }

    @Test func aForeignFileThatIsNotFoundProvesNothing() {
        #expect(judge("found", root: true) { $0.facts["uids"] = "1000" } == .inconclusive)
        #expect(judge("found", root: true) { $0.facts["names"] = "other/" } == .inconclusive)
        #expect(judge("plant", root: true) { $0.errno = "EACCES" } == .inconclusive)
    }
}
