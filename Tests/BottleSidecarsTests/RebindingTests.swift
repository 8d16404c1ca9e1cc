// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleSidecars

/// Names that change their mind, and answers that send their readers elsewhere.
@Suite(.timeLimit(.minutes(2))) struct RebindingTests {
    /// Outside and inside by turns; the fault dials what it did not look at.
    @Test(arguments: [([], [200, 403, 200, 403]), ([.reresolve], [502, 502, 502, 502])] as [(Set<Fault>, [Int])])
    func whatWasCheckedIsDialled(faults: Set<Fault>, statuses: [Int]) async throws {
        try await TestWorld.run {
            $0.faults = faults
            $0.allowlist.append("flip.test")
        } _: { world async throws in
            var seen: [Int] = []
            for _ in statuses { seen.append(try await world.get("flip.test").status) }
            #expect(seen == statuses)
        }
    }

    @Test func nobodyFollowsARedirectButTheFault() async throws {
        for (faults, count) in [(Set<Fault>(), 1), ([Fault.follow], 2)] {
            try await TestWorld.run {
                $0.faults = faults
            } _: { world async throws in
                let path = "/redirect-to/denied.test:\(world.origin.port)/followed"
                let answer = try await world.get("allowed.test", path: path)
                #expect(answer.status == 302 && answer.contains("Location: http://denied.test"))
                try await TestWorld.eventually { world.origin.requests.count == count }
                #expect(world.origin.requests.count == count)
                #expect(world.origin.requests.contains { $0.head.contains("GET /followed ") } == (count == 2))
            }
        }
    }
}
